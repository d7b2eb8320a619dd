-- name: hold_placing
-- Waits for the orders that are being placed, and keeps new ones out until commit: what no order has now, none has.
SELECT pg_advisory_xact_lock(7232103);

-- name: hold_notices
-- While this is held, no notice is being matched: those that were kept for a number are all that there are.
SELECT pg_advisory_xact_lock_shared(7232103);

-- name: keep_notices
-- Keeps notices, a row for each order that one names; gives back those that were not known.
INSERT INTO marketplace_notices (identity, number, account, seller, happened_at, received_at, body)
SELECT identity, number, account, seller, happened_at, received_at, body::jsonb
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[]
) AS n (identity, number, account, seller, happened_at, received_at, body)
ON CONFLICT DO NOTHING
RETURNING identity, number;

-- name: orders_of_notices
-- The orders that notices are about: of the shop that their account and seller are linked with, by number.
SELECT n.identity, n.number, o.id AS order_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (identity, number, account, seller)
JOIN marketplace_shops AS s ON s.account = n.account AND s.seller = n.seller
JOIN orders AS o ON o.shop_id = s.shop_id AND o.number = n.number;

-- name: notices_of_orders
-- What marketplaces said of some orders already.
SELECT order_id, body FROM marketplace_notices WHERE order_id = ANY ($1::uuid[]) ORDER BY happened_at, received_at;

-- name: settle_notices
-- What notices were about, and what came of them.
UPDATE marketplace_notices AS n SET order_id = v.order_id, came_of = v.came_of
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[]) AS v (identity, number, order_id, came_of)
WHERE n.identity = v.identity AND n.number = v.number;

-- name: unmatched_of_number
-- Notices that were kept until a shop has an order of this number.
SELECT n.identity, n.number, n.body FROM marketplace_notices AS n
JOIN marketplace_shops AS s ON s.account = n.account AND s.seller = n.seller
WHERE n.order_id IS NULL AND n.number = $2 AND s.shop_id = $1;

-- name: unmatched_of_seller
-- Notices by an account about a seller that are about an order of the shop they are linked with now.
SELECT n.identity, n.number, n.body, o.id AS order_id FROM marketplace_notices AS n
JOIN marketplace_shops AS s ON s.account = n.account AND s.seller = n.seller
JOIN orders AS o ON o.shop_id = s.shop_id AND o.number = n.number
WHERE n.order_id IS NULL AND n.account = $1 AND n.seller = $2;

-- name: forget_unmatched_notices
-- Drops notices about orders that were not placed within 30 days.
DELETE FROM marketplace_notices WHERE order_id IS NULL AND received_at < $1;

-- name: link_marketplace
-- Has notices by an account about a seller be about a shop; gives the shop that they are about.
INSERT INTO marketplace_shops (account, seller, shop_id, linked_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (account, seller) DO UPDATE SET linked_at = marketplace_shops.linked_at
RETURNING shop_id;

-- name: unlink_marketplace
-- Has notices by an account about a seller be about no shop any more.
DELETE FROM marketplace_shops WHERE account = $1 AND seller = $2 AND shop_id = $3 RETURNING shop_id;

-- name: marketplaces_of_shop
-- What a shop is linked with.
SELECT account, seller, linked_at FROM marketplace_shops WHERE shop_id = $1 ORDER BY account, seller;

-- name: has_shop
-- Is there such a shop?
SELECT true FROM shops WHERE id = $1;
