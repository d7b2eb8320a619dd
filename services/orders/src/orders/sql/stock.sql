-- name: stock_of_orders
-- What some orders hold. Cheap for orders of shops that count nothing: one look into an index, and no row.
SELECT order_id, sku, location_id, quantity, held, state, checked_in FROM order_stock WHERE order_id = ANY ($1::uuid[]);

-- name: lock_stock
-- Holds levels, of SKUs at their locations ($1, $2) and of SKUs everywhere in their shops ($3, $4): always by SKU and
-- location, so that two batches cannot block each other.
SELECT s.shop_id, s.location_id, s.sku, s.on_hand, s.reserved FROM stock AS s
WHERE (s.location_id, s.sku) IN (
    SELECT * FROM unnest($1::uuid[], $2::text[])
    UNION
    SELECT e.location_id, e.sku FROM stock AS e
    JOIN unnest($3::uuid[], $4::text[]) AS w (shop_id, sku) ON e.shop_id = w.shop_id AND e.sku = w.sku
)
ORDER BY s.sku, s.location_id
FOR NO KEY UPDATE OF s;

-- name: read_stock
-- The levels of some SKUs everywhere in a shop, only to look at.
SELECT shop_id, location_id, sku, on_hand, reserved FROM stock WHERE shop_id = $1 AND sku = ANY ($2::text[]);

-- name: shipping_locations
-- The locations that orders of some shops may ship from.
SELECT id, shop_id, name, region FROM locations WHERE shop_id = ANY ($1::uuid[]) AND active;

-- name: destinations_of
-- Where some orders go.
SELECT order_id, address ->> 'country' AS country, address ->> 'postcode' AS postcode FROM buyers
WHERE order_id = ANY ($1::uuid[]);

-- name: save_levels
-- Writes the levels that moves have changed; their rows are held.
UPDATE stock AS s SET on_hand = c.on_hand, reserved = c.reserved
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) AS c (location_id, sku, on_hand, reserved)
WHERE s.location_id = c.location_id AND s.sku = c.sku;

-- name: save_order_stock
-- Writes what orders hold now.
INSERT INTO order_stock (order_id, sku, shop_id, location_id, quantity, held, state, checked_in)
SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::int[], $6::int[], $7::text[], $8::int[]
)
ON CONFLICT (order_id, sku) DO UPDATE
SET location_id = excluded.location_id, quantity = excluded.quantity, held = excluded.held, state = excluded.state,
    checked_in = excluded.checked_in;

-- name: add_to_ledger
-- Writes moves down, in the order in which they were done.
INSERT INTO stock_ledger (shop_id, location_id, sku, kind, quantity, order_id, at, why)
SELECT shop_id, location_id, sku, kind, quantity, order_id, $7, why
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::uuid[], $8::text[])
    WITH ORDINALITY AS m (shop_id, location_id, sku, kind, quantity, order_id, why, place)
ORDER BY place;

-- name: open_levels
-- Makes sure that a location has a row for each of these SKUs.
INSERT INTO stock (shop_id, location_id, sku) SELECT $1, $2, sku FROM unnest($3::text[]) AS s (sku) ORDER BY sku
ON CONFLICT DO NOTHING;

-- name: list_stock
-- A page of a shop's levels, by SKU and location.
SELECT s.sku, s.location_id, l.name AS location, s.on_hand, s.reserved, s.on_hand - s.reserved AS available
FROM stock AS s JOIN locations AS l ON l.id = s.location_id
WHERE s.shop_id = $1 AND ($2::text IS NULL OR s.sku = $2) AND ($3::uuid IS NULL OR s.location_id = $3)
    AND ($4::text IS NULL OR (s.sku, s.location_id) > ($4, $5::uuid))
ORDER BY s.sku, s.location_id
LIMIT $6;

-- name: list_ledger
-- A page of what happened to a SKU of a shop, newest first.
SELECT id, location_id, kind, quantity, order_id, at, why FROM stock_ledger
WHERE shop_id = $1 AND sku = $2 AND ($3::bigint IS NULL OR id < $3)
ORDER BY id DESC
LIMIT $4;

-- name: insert_location
-- Adds a location; nothing comes back where the shop has one of that name.
INSERT INTO locations (id, shop_id, name, address, zone, region, pick_up_point, active, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (shop_id, name) DO NOTHING
RETURNING id, name, address, zone, region, pick_up_point, active;

-- name: update_location
-- Changes a location.
UPDATE locations SET name = $3, address = $4, zone = $5, region = $6, pick_up_point = $7, active = $8
WHERE shop_id = $1 AND id = $2
RETURNING id, name, address, zone, region, pick_up_point, active;

-- name: location_by_name
-- The location that has a name already.
SELECT id FROM locations WHERE shop_id = $1 AND name = $2;

-- name: find_location
-- A location of a shop.
SELECT id, name, address, zone, region, pick_up_point, active FROM locations WHERE shop_id = $1 AND id = $2;

-- name: list_locations
-- A page of a shop's locations, by name.
SELECT id, name, address, zone, region, pick_up_point, active FROM locations
WHERE shop_id = $1 AND ($2::text IS NULL OR name > $2) ORDER BY name LIMIT $3;

-- name: location_of_shop
-- Does this shop have this location?
SELECT id FROM locations WHERE shop_id = $1 AND id = $2;

-- name: drop_off_point_of_shop
-- Does this shop have this drop-off point?
SELECT id FROM drop_off_points WHERE shop_id = $1 AND id = $2;

-- name: insert_drop_off_point
-- Adds a drop-off point; nothing comes back where the shop has one of that name.
INSERT INTO drop_off_points (id, shop_id, name, address, carrier, opening_hours, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (shop_id, name) DO NOTHING
RETURNING id, name, address, carrier, opening_hours;

-- name: list_drop_off_points
-- A page of a shop's drop-off points, by name.
SELECT id, name, address, carrier, opening_hours FROM drop_off_points
WHERE shop_id = $1 AND ($2::text IS NULL OR name > $2) ORDER BY name LIMIT $3;

-- name: carriers_on_lane
-- How carriers did with the newest parcels that a shop had delivered on a lane: from one location ($2), or from wherever
-- it was not recorded, to postcodes of a country ($3) that start as this one does ($4). On time is delivered by the
-- promised date, or else never Delayed (D3); an order without either says nothing about that.
SELECT carrier, count(*) AS parcels, count(on_time) AS judged, count(*) FILTER (WHERE on_time) AS on_time,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) AS median_hours
FROM (
    SELECT p.state ->> 'carrier' AS carrier,
        CASE WHEN o.promised_at IS NOT NULL THEN t.delivered_at <= o.promised_at
            WHEN o.fulfilment = 'ship_by_tiktok' THEN p.state -> 'delayed_at' IS NULL END AS on_time,
        extract(epoch FROM t.delivered_at - t.first_physical_at)::float8 / 3600 AS hours
    FROM orders AS o
    JOIN buyers AS b ON b.order_id = o.id
    JOIN parcels AS p ON p.order_id = o.id
    CROSS JOIN LATERAL (
        SELECT (p.state ->> 'delivered_at')::timestamptz AS delivered_at,
            (p.state ->> 'first_physical_at')::timestamptz AS first_physical_at
    ) AS t
    WHERE o.shop_id = $1 AND b.address ->> 'country' = $3
        AND starts_with(upper(translate(coalesce(b.address ->> 'postcode', ''), ' -', '')), $4)
        AND t.delivered_at IS NOT NULL AND p.state ->> 'carrier' IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM order_stock AS s WHERE s.order_id = o.id AND s.location_id <> $2 AND s.state = 'dispatched'
        )
    ORDER BY o.placed_at DESC
    LIMIT $5
) AS delivered
GROUP BY carrier;
