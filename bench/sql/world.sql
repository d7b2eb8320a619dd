-- name: clone_orders
-- Copies an order that was placed over HTTP, number by number: the same state, another id and another number.
INSERT INTO orders SELECT copy.* FROM orders AS o, generate_series(0, $3::int - 1) AS n,
    jsonb_populate_record(o, jsonb_build_object('id', md5($2 || n)::uuid, 'number', $2 || n)) AS copy
WHERE o.id = $1;

-- name: clone_buyers
-- Whom the copies are for.
INSERT INTO buyers (order_id, name, email, phone, locale, zone, address)
SELECT md5($2 || n)::uuid, b.name, b.email, b.phone, b.locale, b.zone, b.address
FROM buyers AS b, generate_series(0, $3::int - 1) AS n
WHERE b.order_id = $1;

-- name: clone_parcels
-- The copies' parcels.
INSERT INTO parcels SELECT copy.* FROM parcels AS p, generate_series(0, $3::int - 1) AS n,
    jsonb_populate_record(p, jsonb_build_object('order_id', md5($2 || n)::uuid)) AS copy
WHERE p.order_id = $1;

-- name: clone_bindings
-- The copies' tracking numbers: the same as their order numbers.
INSERT INTO bindings SELECT copy.* FROM bindings AS b, generate_series(0, $3::int - 1) AS n,
    jsonb_populate_record(b, jsonb_build_object('order_id', md5($2 || n)::uuid, 'tracking_number', $2 || n)) AS copy
WHERE b.order_id = $1;

-- name: clone_claims
-- The copies' claims to their numbers.
INSERT INTO claimed_numbers SELECT $2 || n, md5($2 || n)::uuid FROM claimed_numbers AS c, generate_series(0, $3::int - 1) AS n
WHERE c.order_id = $1;

-- name: clone_history
-- How the copies came to be what they are.
INSERT INTO history (order_id, version, at, trigger, before, after, cause)
SELECT md5($2 || n)::uuid, h.version, h.at, h.trigger, h.before, h.after, h.cause
FROM history AS h, generate_series(0, $3::int - 1) AS n
WHERE h.order_id = $1 ORDER BY n, h.id;

-- name: clone_known
-- What the watcher has heard of the copies.
INSERT INTO orders SELECT md5($2 || n)::uuid, o.shop_id, o.version FROM orders AS o, generate_series(0, $3::int - 1) AS n
WHERE o.order_id = $1;

-- name: clone_deadlines
-- What is ahead of the copies.
INSERT INTO deadlines SELECT copy.* FROM deadlines AS d, generate_series(0, $3::int - 1) AS n,
    jsonb_populate_record(d, jsonb_build_object('order_id', md5($2 || n)::uuid)) AS copy
WHERE d.order_id = $1;

-- name: clone_reminders
-- The copies in their shop's daily digest.
INSERT INTO reminders SELECT copy.* FROM reminders AS r, generate_series(0, $3::int - 1) AS n,
    jsonb_populate_record(r, jsonb_build_object('order_id', md5($2 || n)::uuid)) AS copy
WHERE r.order_id = $1;
