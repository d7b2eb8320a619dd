-- name: load_shops
-- Shop 1 has half of the orders, the others share the rest.
WITH made AS (
    INSERT INTO shops (id, name, email, zone, created_at)
    SELECT md5('shop' || n)::uuid, 'Shop ' || n, 'seller@example.com', 'Asia/Singapore', now() FROM generate_series(1, 20) AS n
    RETURNING id
)
INSERT INTO policies SELECT id, 1, '{}', now() FROM made;

-- name: load_orders
-- Two years of orders: what is young is open, what is old is delivered but for a few. Shop 1 has one Ship by TikTok order
-- in a hundred thousand.
INSERT INTO orders (
    id, shop_id, number, version, status, commanded, badge, fulfilment, payment, currency, total, prepaid, collected,
    shipping_fee, discount, placed_at, shipped_at, cancelled_at, policy_version, lines, told
)
SELECT md5('order' || n)::uuid, md5('shop' || shop)::uuid, 'TT-' || n, 5, status,
    CASE WHEN status IN ('placed', 'confirmed', 'processed') THEN status ELSE 'shipped' END,
    CASE WHEN status = 'shipped' AND h % 7 = 0 THEN 'delayed' WHEN h % 50021 = 0 THEN 'lost' END,
    CASE WHEN h % CASE WHEN shop = 1 THEN 100003 ELSE 2 END = 1 THEN 'ship_by_tiktok' ELSE 'ship_by_seller' END,
    'card', 'SGD', 27, 27, 0, 2, 0, placed_at, CASE WHEN status IN ('shipped', 'delivered') THEN placed_at END,
    CASE WHEN status = 'cancelled' THEN placed_at END, 1,
    jsonb_build_array(jsonb_build_object(
        'sku', 'SKU-' || h % 5003, 'quantity', 1, 'unit_price', '25.00',
        'title', (ARRAY['Blue', 'Red', 'Green', 'Black', 'White'])[1 + h % 5] || ' '
            || (ARRAY['mug', 'kettle', 'tea pot', 'lamp', 'chair', 'cable', 'shirt'])[1 + h % 7]
    )),
    '["placed", "confirmed", "shipped:1", "out_for_delivery:1:2026-03-05", "delivered:1"]'
FROM (
    SELECT n, h, shop, now() - age AS placed_at, CASE
        WHEN h % 29 = 0 THEN 'cancelled' WHEN age < '1 day' THEN 'placed' WHEN age < '2 days' THEN 'confirmed'
        WHEN age < '3 days' THEN 'processed' WHEN age < '12 days' THEN 'shipped' WHEN h % 37 = 0 THEN 'returned'
        ELSE 'delivered' END AS status
    FROM (
        SELECT n, hashint4(n) + 2147483648 AS h, CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n / 2 % 19 END AS shop,
            interval '730 days' * (1 - n / $1::float8) AS age
        FROM generate_series(1, $1::int) AS n
    ) AS aged
) AS stated;

-- name: load_buyers
-- One buyer for each order; a quarter of them buy again and again.
INSERT INTO buyers (order_id, name, email, phone, locale, zone, address) SELECT o.id,
    (ARRAY['Mei', 'Aisha', 'Somchai', 'Linh', 'Budi', 'Maria', 'Wei', 'Siti'])[1 + h % 8] || ' '
        || (ARRAY['Tan', 'Rahman', 'Nguyen', 'Santos', 'Lim', 'Putri'])[1 + h % 6] || h % 9001,
    'buyer' || CASE h % 4 WHEN 0 THEN h % 1009 ELSE n END || '@example.com', NULL, 'en', 'Asia/Singapore',
    '{"lines": ["1 Example Road"], "city": "Singapore", "postcode": "018956", "country": "SG"}'
FROM orders AS o, LATERAL (
    SELECT substr(number, 4)::int AS n, hashint4(substr(number, 4)::int) + 2147483648 AS h
) AS numbered;

-- name: load_parcels
-- One parcel in each order, two in every tenth.
INSERT INTO parcels SELECT o.id, parcel, '[["SKU", 1]]', jsonb_strip_nulls(jsonb_build_object(
    'number', parcel, 'carrier', 'ninjavan', 'place', 'in_transit', 'place_at', placed_at, 'moved_at', placed_at,
    'first_physical_at', shipped_at, 'delivered_at', CASE WHEN status = 'delivered' THEN placed_at + interval '5 days' END
)), '[]'
FROM orders AS o, LATERAL generate_series(1, CASE WHEN o.number LIKE '%0' THEN 2 ELSE 1 END) AS parcel;

-- name: load_bindings
-- A tracking number for each parcel that is packed: three carriers of today, one that was given up a year ago, and one
-- that hardly anybody takes.
INSERT INTO bindings SELECT p.order_id, p.number, CASE
    WHEN h % 100003 = 0 THEN 'rare' WHEN h % 5 = 0 AND o.placed_at < now() - interval '365 days' THEN 'givenup'
    WHEN h % 10 < 6 THEN 'ninjavan' WHEN h % 10 < 9 THEN 'jtexpress' ELSE 'spx' END,
    'NV' || n || 'P' || p.number, NULL, o.placed_at, NULL
FROM parcels AS p JOIN orders AS o ON o.id = p.order_id, LATERAL (
    SELECT substr(o.number, 4)::int AS n, hashint4(substr(o.number, 4)::int) + 2147483648 AS h
) AS numbered
WHERE o.status NOT IN ('placed', 'confirmed', 'cancelled');

-- name: load_deadlines
-- What is ahead: something for each order that is open, nothing for the others.
INSERT INTO deadlines_ahead SELECT id, shop_id, placed_at, version, due_at,
    CASE WHEN due_at IS NULL THEN '[]' ELSE jsonb_build_array(
        jsonb_build_object('kind', 'acknowledgment', 'rule', 'D4', 'parcel', 1, 'due_at', due_at)) END
FROM orders, LATERAL (SELECT CASE WHEN status IN ('placed', 'confirmed', 'processed', 'shipped')
    THEN placed_at + interval '12 days' END AS due_at) AS due;

-- name: derive_carriers
-- What the triggers would have derived.
SELECT carriers_again(ARRAY(SELECT id FROM orders));

-- name: derive_words
-- The same, for the words: a slice of the orders, so that two sessions can share the work.
SELECT find_again(ARRAY(SELECT id FROM orders WHERE (id < '80000000-0000-0000-0000-000000000000') = $1));

-- name: listing_indexes
-- The indexes that can be made after loading, with what makes them.
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
WHERE t.relname = ANY ('{orders,bindings,order_carriers,order_search,deadlines_ahead}')
    AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conindid = i.indexrelid);
