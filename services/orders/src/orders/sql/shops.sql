-- name: insert_shop
-- Adds a shop.
INSERT INTO shops (id, name, email, zone, locale, payment_url, payment_secret, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: lock_shop
-- Holds a shop while its next policy is made.
SELECT zone FROM shops WHERE id = $1 FOR UPDATE;

-- name: insert_policy
-- Publishes a version of a shop's policy.
INSERT INTO policies (shop_id, version, terms, published_at, published_by) VALUES ($1, $2, $3, $4, $5);

-- name: current_policy
-- The policy that orders placed now are pinned to.
SELECT p.version, p.terms, s.zone FROM policies AS p JOIN shops AS s ON s.id = p.shop_id
WHERE p.shop_id = $1 ORDER BY p.version DESC LIMIT 1;

-- name: take_idempotency_key
-- Takes a key for a request; nothing comes back where it was taken before. Waits for a request that is under way.
INSERT INTO idempotency_keys (shop_id, key, request, order_id) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING key;

-- name: idempotent_answer
-- What the request that took the key was, and how it was answered.
SELECT request, status, answer FROM idempotency_keys WHERE shop_id = $1 AND key = $2;

-- name: keep_answer
-- Keeps the answer, in the transaction that did the work.
UPDATE idempotency_keys SET status = $3, answer = $4 WHERE shop_id = $1 AND key = $2;

-- name: forget_keys
-- Drops keys after 30 days.
DELETE FROM idempotency_keys WHERE seen_at < now() - interval '30 days';

-- name: forget_unmatched
-- Drops the content of records that no order claimed within 30 days; the books still count them.
UPDATE scans SET raw_text = NULL, place = NULL, verdict = 'refused', reason = 'never_claimed'
WHERE verdict = 'unmatched' AND received_at < $1;

-- name: contacts
-- The people behind some orders.
SELECT b.order_id, b.name, b.email, b.locale, b.zone, o.number, s.name AS shop_name, s.email AS shop_email,
    s.zone AS shop_zone, s.locale AS shop_locale
FROM buyers AS b JOIN orders AS o ON o.id = b.order_id JOIN shops AS s ON s.id = o.shop_id
WHERE b.order_id = ANY ($1::uuid[]);

-- name: buyer_zone
-- Where the buyer of an order lives, by time zone.
SELECT zone FROM buyers WHERE order_id = $1;

-- name: insert_links
-- Keeps the digests of tracking links.
INSERT INTO tracking_links (digest, order_id, expires_at) SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::timestamptz[]);

-- name: order_of_link
-- The order that a tracking link opens; none whose buyer is erased.
SELECT l.order_id FROM tracking_links AS l JOIN orders AS o ON o.id = l.order_id
WHERE l.digest = $1 AND l.expires_at > $2 AND o.erased_at IS NULL;

-- name: take_refunds
-- Refunds that the shop's payment system is to be told of.
SELECT r.id, r.order_id, r.cause, r.amount, r.state, r.tries, o.number, o.currency, s.payment_url, s.payment_secret
FROM refunds AS r JOIN orders AS o ON o.id = r.order_id JOIN shops AS s ON s.id = o.shop_id
WHERE r.handed_at IS NULL AND r.state IN ('due', 'approved') AND r.next_try_at <= now() AND s.payment_url IS NOT NULL
ORDER BY r.next_try_at LIMIT 50;

-- name: count_refunds_to_hand_over
-- How many refunds the payment systems have not taken yet.
SELECT count(*) FROM refunds AS r JOIN orders AS o ON o.id = r.order_id JOIN shops AS s ON s.id = o.shop_id
WHERE r.handed_at IS NULL AND r.state IN ('due', 'approved') AND s.payment_url IS NOT NULL;

-- name: refund_handed_over
-- The payment system has taken a refund.
UPDATE refunds SET handed_at = $2 WHERE id = $1;

-- name: refund_not_taken
-- It did not; try again later.
UPDATE refunds SET tries = tries + 1, next_try_at = now() + make_interval(secs => $2) WHERE id = $1;
