-- name: orders_of_email
-- The orders of whoever has an e-mail, in all shops.
SELECT order_id FROM buyers WHERE email_key = lower($1) ORDER BY order_id;

-- name: begin_erasing
-- Until the transaction ends, words may be taken out of history.
SELECT set_config('waybill.erasing', 'on', true);

-- name: emails_of
-- The e-mails of some buyers.
SELECT email FROM buyers WHERE order_id = ANY ($1::uuid[]);

-- name: erase_buyers
-- Drops buyers; what their orders are found by follows by a trigger.
DELETE FROM buyers WHERE order_id = ANY ($1::uuid[]);

-- name: erase_buyer_sessions
-- Ends the sessions of people of whom no order is left, and drops their e-mails.
DELETE FROM buyer_sessions AS s
WHERE email IN (SELECT lower(email) FROM unnest($1::text[]) AS email)
    AND NOT EXISTS (SELECT 1 FROM buyers AS b WHERE b.email_key = s.email);

-- name: erase_address_changes
-- Drops the addresses that orders went to, or were to go to.
DELETE FROM address_changes WHERE order_id = ANY ($1::uuid[]);

-- name: erase_links
-- Drops tracking links: they open nothing any more.
DELETE FROM tracking_links WHERE order_id = ANY ($1::uuid[]);

-- name: erase_codes
-- Drops one-time codes.
DELETE FROM one_time_codes WHERE order_id = ANY ($1::uuid[]);

-- name: erase_words_of_cases
-- Takes out of cases what buyer, seller and operator wrote.
UPDATE cases
SET body = body || CASE WHEN body ->> 'words' <> '' THEN '{"words": ""}' ELSE '{}' END::jsonb || (
    SELECT coalesce(jsonb_object_agg(word, NULL), '{}') FROM unnest('{answer,reason,instructions}'::text[]) AS word
    WHERE body ? word
)
WHERE order_id = ANY ($1::uuid[])
    AND (body ->> 'words' <> '' OR coalesce(body ->> 'answer', body ->> 'reason', body ->> 'instructions') IS NOT NULL);

-- name: erase_words_of_refunds
-- Takes the reasons out of refunds.
UPDATE refunds SET reason = NULL WHERE order_id = ANY ($1::uuid[]) AND reason IS NOT NULL;

-- name: erase_words_of_history
-- Takes out of history what somebody wrote: the one change that its trigger lets through.
UPDATE history
SET cause = cause || (
    SELECT jsonb_object_agg(said.key, NULL) FROM jsonb_each(cause) AS said WHERE said.key = ANY (words_of_cause())
)
WHERE order_id = ANY ($1::uuid[]) AND EXISTS (
    SELECT 1 FROM jsonb_each(cause) AS said WHERE said.key = ANY (words_of_cause()) AND said.value <> 'null'
);

-- name: records_of_orders
-- Every record that was ever told of some orders: evidence of them (of a package that they share with others, too), what
-- was refused or corrected, and repetitions, also those that came before an order had the number.
WITH known AS (
    SELECT scan_id, identity, account, received_at FROM scans WHERE verdict = 'applied' AND order_id = ANY ($1::uuid[])
    UNION ALL
    SELECT scan_id, identity, account, received_at FROM scans
    WHERE verdict <> 'applied' AND order_id IS NOT NULL AND order_id = ANY ($1::uuid[])
    UNION ALL
    SELECT s.scan_id, s.identity, s.account, s.received_at FROM scan_shares AS x JOIN scans AS s ON s.scan_id = x.scan_id
    WHERE x.order_id = ANY ($1::uuid[])
)
SELECT scan_id, account, received_at FROM known
UNION
SELECT scan_id, account, received_at FROM scans
WHERE verdict IN ('duplicate', 'superseded') AND order_id IS NULL AND identity IN (SELECT identity FROM known)
ORDER BY received_at, scan_id;

-- name: erase_words_of_scans
-- Takes out of records what carriers wrote; status, times and codes stay.
UPDATE scans SET raw_text = NULL, place = NULL
WHERE scan_id = ANY ($1::uuid[]) AND (raw_text IS NOT NULL OR place IS NOT NULL);

-- name: forget_answers
-- Drops the kept answers to requests about some orders, and those that show one of them.
DELETE FROM idempotency_keys AS k
WHERE shop_id = ANY ($1::uuid[]) AND (order_id = ANY ($2::uuid[]) OR EXISTS (
    SELECT 1 FROM unnest($2::uuid[]) AS id WHERE position(convert_to(id::text, 'UTF8') IN k.answer) > 0
));

-- name: forget_answers_to_operator
-- Drops the answers to the operator that show some orders.
DELETE FROM operator_keys AS k
WHERE EXISTS (SELECT 1 FROM unnest($1::uuid[]) AS id WHERE position(convert_to(id::text, 'UTF8') IN k.answer) > 0);

-- name: note_erasure
-- Notes when the buyer of an order was erased; the first time counts.
UPDATE orders SET erased_at = $2 WHERE id = ANY ($1::uuid[]) AND erased_at IS NULL RETURNING id, version, status;

-- name: about_orders
-- What of some orders decisions about them do not need, and their buyers.
SELECT o.id, o.bought_at, o.shipping_fee, o.discount, o.erased_at, s.name AS shop_name,
    b.name, b.email, b.phone, b.locale, b.zone, b.address
FROM orders AS o JOIN shops AS s ON s.id = o.shop_id LEFT JOIN buyers AS b ON b.order_id = o.id
WHERE o.id = ANY ($1::uuid[]);

-- name: files_of_order
-- The files that are about an order.
SELECT f.id, f.kind, f.content_type, f.size, f.sha256, f.created_at FROM order_files AS b JOIN files AS f ON f.id = b.file_id
WHERE b.order_id = $1 ORDER BY f.created_at, f.id;

-- name: records_told_of
-- Every record of an order as its carrier told it, oldest first.
SELECT scan_id, verdict, parcel, account, carrier, tracking_number, status, sub_status, scanned_at, received_at, raw_code,
    raw_text, place, signed
FROM scans WHERE scan_id = ANY ($1::uuid[]) ORDER BY received_at, scan_id;

-- name: codes_of_order
-- When one-time codes were asked for an order, and whether one was given.
SELECT asked_at, expires_at, tries, proven_at FROM one_time_codes WHERE order_id = $1 ORDER BY asked_at;

-- name: links_of_order
-- How long the tracking links of an order are good for.
SELECT expires_at FROM tracking_links WHERE order_id = $1 ORDER BY expires_at;
