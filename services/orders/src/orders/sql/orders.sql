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
SELECT order_id, number, lines, state::text AS state, marks, handed_over_at FROM parcels
WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id, number;

-- name: bindings_of
-- The tracking numbers of some orders' parcels, oldest first.
SELECT order_id, parcel, carrier, tracking_number, account, valid_from, valid_to FROM bindings
WHERE order_id = ANY ($1::uuid[]) ORDER BY valid_from;

-- name: evidence_of
-- The records that were applied to some orders.
SELECT order_id, parcel, scan_id, identity, carrier, status, scanned_at, received_at, time_quality, sub_status, leg,
    signed, attempt_no, raw_code, raw_text, place, estimated_at
FROM scans WHERE verdict = 'applied' AND order_id = ANY ($1::uuid[]);

-- name: refunds_of
-- The refunds of some orders.
SELECT id, order_id, cause, parcels, amount, state, reason FROM refunds WHERE order_id = ANY ($1::uuid[]) ORDER BY id;

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
SET state = c.state::jsonb, marks = c.marks::jsonb, handed_over_at = c.handed_over_at
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::timestamptz[])
    AS c (order_id, number, state, marks, handed_over_at)
WHERE p.order_id = c.order_id AND p.number = c.number;

-- name: save_bindings
-- Writes the tracking numbers of parcels whose numbers changed.
INSERT INTO bindings (order_id, parcel, carrier, tracking_number, account, valid_from, valid_to)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
ON CONFLICT (order_id, parcel, carrier, tracking_number, valid_from) DO UPDATE SET valid_to = excluded.valid_to;

-- name: claim_number
-- Claims a tracking number for an order; gives the order that holds it afterwards.
INSERT INTO claimed_numbers (tracking_number, order_id) VALUES ($1, $2)
ON CONFLICT (tracking_number) DO UPDATE SET tracking_number = excluded.tracking_number
RETURNING order_id;

-- name: release_numbers
-- Gives the numbers of orders that are over back, so that a recycled one can be claimed again.
DELETE FROM claimed_numbers WHERE order_id = ANY ($1::uuid[]);

-- name: release_number
-- Gives one number back that a parcel no longer has.
DELETE FROM claimed_numbers WHERE order_id = $1 AND tracking_number <> ALL ($2::text[]);

-- name: save_refunds
-- Writes new and changed refunds.
INSERT INTO refunds (id, order_id, cause, parcels, amount, state, reason)
SELECT id, order_id, cause, parcels::jsonb, amount, state, reason
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::numeric[], $6::text[], $7::text[])
    AS r (id, order_id, cause, parcels, amount, state, reason)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason;

-- name: add_history
-- Adds rows of history, in the order in which they happened.
INSERT INTO history (order_id, version, at, trigger, before, after, cause)
SELECT order_id, version, at, trigger, before, after, cause::jsonb
FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[])
    WITH ORDINALITY AS h (order_id, version, at, trigger, before, after, cause, place)
ORDER BY place;

-- name: history_of
-- The whole history of an order.
SELECT version, at, trigger, before, after, cause FROM history WHERE order_id = $1 ORDER BY id;

-- name: find_order
-- Does this shop have this order?
SELECT id FROM orders WHERE id = $1 AND shop_id = $2;

-- name: order_by_number
-- The order that already has a shop's order number.
SELECT id FROM orders WHERE shop_id = $1 AND number = $2;

-- name: list_orders
-- A page of a shop's orders, newest first, stable under inserts.
SELECT id, number, version, status, badge, fulfilment, placed_at, promised_at, shipped_at FROM orders
WHERE shop_id = $1 AND ($2::text IS NULL OR status = $2)
    AND ($3::timestamptz IS NULL OR (placed_at, id) < ($3, $4::uuid))
ORDER BY placed_at DESC, id DESC
LIMIT $5;
