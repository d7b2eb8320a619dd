-- name: lock_orders
-- Takes orders for a change, in id order so that two batches cannot block each other.
SELECT * FROM orders WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: read_orders
-- The same orders, only to look at.
SELECT * FROM orders WHERE id = ANY ($1::uuid[]) ORDER BY id;

-- name: policies_of
-- The policies that some orders are pinned to: a few for many orders.
SELECT p.shop_id, p.version, p.terms::text AS terms, s.zone FROM policies AS p JOIN shops AS s ON s.id = p.shop_id
WHERE (p.shop_id, p.version) IN (SELECT * FROM unnest($1::uuid[], $2::int[]));

-- name: parcels_of
-- The parcels of some orders.
SELECT order_id, number, leg, step, lines, state::text AS state, marks FROM parcels
WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id, number;

-- name: bindings_of
-- The tracking numbers of some orders' parcels, oldest first.
SELECT order_id, parcel, carrier, tracking_number, account, valid_from, valid_to, shared_with FROM bindings
WHERE order_id = ANY ($1::uuid[]) ORDER BY valid_from;

-- name: evidence_of
-- The records that were applied to some orders, those of a package that they share with another too.
SELECT order_id, parcel, scan_id, identity, carrier, status, scanned_at, received_at, time_quality, sub_status, leg,
    signed, attempt_no, raw_code, raw_text, place, estimated_at
FROM scans WHERE verdict = 'applied' AND order_id = ANY ($1::uuid[])
UNION ALL
SELECT h.order_id, h.parcel, s.scan_id, s.identity, s.carrier, s.status, s.scanned_at, s.received_at, s.time_quality,
    s.sub_status, s.leg, s.signed, s.attempt_no, s.raw_code, s.raw_text, s.place, s.estimated_at
FROM scan_shares AS h JOIN scans AS s ON s.scan_id = h.scan_id
WHERE h.order_id = ANY ($1::uuid[]) AND s.verdict = 'applied';

-- name: refunds_of
-- The refunds of some orders.
SELECT id, order_id, cause, parcels, amount, state, reason, lines, asked_at FROM refunds WHERE order_id = ANY ($1::uuid[]) ORDER BY id;

-- name: cases_of
-- The requests, returns, complaints and faults of some orders, oldest first.
SELECT order_id, what, body FROM cases WHERE order_id = ANY ($1::uuid[]) ORDER BY opened_at, place;

-- name: insert_order
-- Takes in a new order.
INSERT INTO orders (
    id, shop_id, number, version, status, commanded, badge, fulfilment, handover, service, payment, currency, total,
    prepaid, collected, shipping_fee, discount, placed_at, promised_at, policy_version, lines, told
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22);

-- name: insert_buyer
-- Keeps whom an order is for.
INSERT INTO buyers (order_id, name, email, phone, locale, zone, address) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: insert_parcel
-- Keeps a parcel of a new order.
INSERT INTO parcels (order_id, number, lines, state, marks) VALUES ($1, $2, $3, $4, '[]');

-- name: put_parcels
-- Keeps parcels that are new, or that hold something else now.
INSERT INTO parcels (order_id, number, leg, step, lines, state, marks)
SELECT order_id, number, leg, step, lines::jsonb, state::jsonb, marks::jsonb
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS p (order_id, number, leg, step, lines, state, marks)
ON CONFLICT (order_id, number) DO UPDATE SET lines = excluded.lines, state = excluded.state, marks = excluded.marks,
    step = excluded.step;

-- name: drop_parcels
-- Drops parcels whose things are in another one now; none of them ever had a tracking number.
DELETE FROM parcels AS p USING unnest($1::uuid[], $2::int[]) AS d (order_id, number)
WHERE p.order_id = d.order_id AND p.number = d.number;

-- name: update_bought
-- Writes what is ordered, what it costs and what was paid, when the order was closed, and which numbers were given.
UPDATE orders AS o
SET lines = c.lines::jsonb, total = c.total, prepaid = c.prepaid, closed_at = c.closed_at, last_number = c.last_number
FROM unnest($1::uuid[], $2::text[], $3::numeric[], $4::numeric[], $5::timestamptz[], $6::int[])
    AS c (id, lines, total, prepaid, closed_at, last_number)
WHERE o.id = c.id;

-- name: save_cases
-- Writes new and changed cases.
INSERT INTO cases (id, order_id, what, state, opened_at, body)
SELECT id, order_id, what, state, opened_at, body::jsonb
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
    WITH ORDINALITY AS c (id, order_id, what, state, opened_at, body, nth)
ORDER BY nth
ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body;

-- name: update_orders
-- Writes changed orders; a row whose version is not the one that was read stays as it is, and is not counted.
UPDATE orders AS o
SET version = c.version, status = c.status, commanded = c.commanded, badge = c.badge, collected = c.collected,
    shipped_at = c.shipped_at, cancelled_at = c.cancelled_at, told = c.told::jsonb
FROM unnest(
    $1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::timestamptz[],
    $9::timestamptz[], $10::text[]
) AS c (id, read, version, status, commanded, badge, collected, shipped_at, cancelled_at, told)
WHERE o.id = c.id AND o.version = c.read;

-- name: update_parcels
-- Writes changed parcels.
UPDATE parcels AS p
SET state = c.state::jsonb, marks = c.marks::jsonb
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS c (order_id, number, state, marks)
WHERE p.order_id = c.order_id AND p.number = c.number;

-- name: save_bindings
-- Writes the tracking numbers of parcels whose numbers changed.
INSERT INTO bindings (order_id, parcel, carrier, tracking_number, account, valid_from, valid_to, shared_with)
SELECT * FROM unnest(
    $1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::uuid[]
)
ON CONFLICT (order_id, parcel, carrier, tracking_number, valid_from) DO UPDATE SET valid_to = excluded.valid_to;

-- name: hold_number
-- Has claims of one number come one after the other.
SELECT pg_advisory_xact_lock(7232102, hashtext($1));

-- name: is_claimed
-- Does another order hold this number? Those do not count that share its package: the ones that this order names ($3),
-- and the ones that name this order, or the same one.
SELECT EXISTS (
    SELECT FROM claimed_numbers AS c
    WHERE c.tracking_number = $1 AND c.order_id <> $2 AND c.order_id <> ALL ($3::uuid[])
        AND NOT EXISTS (
            SELECT FROM bindings AS b
            WHERE b.order_id = c.order_id AND b.tracking_number = $1 AND b.valid_to IS NULL
                AND b.shared_with = ANY ($2 || $3::uuid[])
        )
);

-- name: claim_number
-- Claims a tracking number for an order.
INSERT INTO claimed_numbers (tracking_number, order_id) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: release_numbers
-- Gives the numbers back that orders hold no longer, so that a recycled one can be claimed again.
DELETE FROM claimed_numbers AS c USING unnest($1::uuid[], $2::text[]) AS g (order_id, tracking_number)
WHERE c.order_id = g.order_id AND c.tracking_number = g.tracking_number;

-- name: save_refunds
-- Writes new and changed refunds.
INSERT INTO refunds (id, order_id, cause, parcels, amount, state, reason, lines, asked_at)
SELECT id, order_id, cause, parcels::jsonb, amount, state, reason, lines::jsonb, asked_at
FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::numeric[], $6::text[], $7::text[], $8::text[],
    $9::timestamptz[]
) AS r (id, order_id, cause, parcels, amount, state, reason, lines, asked_at)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason;

-- name: add_history
-- Adds rows of history, in the order in which they happened.
INSERT INTO history (order_id, version, at, trigger, before, after, cause, stood)
SELECT order_id, version, at, trigger, before, after, cause::jsonb, stood::jsonb
FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    WITH ORDINALITY AS h (order_id, version, at, trigger, before, after, cause, stood, place)
ORDER BY place;

-- name: history_of
-- The whole history of an order.
SELECT version, at, trigger, before, after, cause FROM history WHERE order_id = $1 ORDER BY id;

-- name: stood_at
-- How an order stood at an instant, and when it came to stand so.
SELECT version, at, stood FROM history WHERE order_id = $1 AND at <= $2 AND stood IS NOT NULL ORDER BY id DESC LIMIT 1;

-- name: about_order
-- What decisions about an order do not need, and its shop is shown; no buyer once the buyer's data was erased.
SELECT s.name AS shop_name, o.shipping_fee, o.discount, o.bought_at, b.name, b.email, b.phone, b.locale, b.zone,
    b.address
FROM orders AS o JOIN shops AS s ON s.id = o.shop_id LEFT JOIN buyers AS b ON b.order_id = o.id
WHERE o.id = $1;

-- name: consignee_of
-- To whom and where an order goes.
SELECT name, phone, address FROM buyers WHERE order_id = $1;

-- name: have_same_buyer
-- Are two orders of one buyer?
SELECT EXISTS (
    SELECT FROM buyers AS one JOIN buyers AS other ON other.email_key = one.email_key
    WHERE one.order_id = $1 AND other.order_id = $2
);

-- name: change_address
-- Sends an order elsewhere, and keeps what its address was before and after (R10).
WITH was AS (
    SELECT order_id, address FROM buyers WHERE order_id = $2
), moved AS (
    UPDATE buyers SET address = $5 WHERE order_id = $2
)
INSERT INTO address_changes (id, order_id, at, by, before, after) SELECT $1, order_id, $3, $4, address, $5 FROM was;

-- name: address_changes_of
-- The changes of an order's address, oldest first.
SELECT id, at, by, before, after FROM address_changes WHERE order_id = $1 ORDER BY at, id;

-- name: find_order
-- Does this shop have this order?
SELECT id FROM orders WHERE id = $1 AND shop_id = $2;

-- name: order_by_number
-- The order that already has a shop's order number.
SELECT id FROM orders WHERE shop_id = $1 AND number = $2;
