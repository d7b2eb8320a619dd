-- name: take_operator_key
-- Takes an operator's key for a request; nothing comes back where it was taken before. Waits for one that is under way.
INSERT INTO operator_keys (actor, key, request, about) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key;

-- name: operator_answer
-- What the operator's request that took the key was, and how it was answered.
SELECT request, status, answer FROM operator_keys WHERE actor = $1 AND key = $2;

-- name: keep_operator_answer
-- Keeps the answer to the operator, in the transaction that did the work.
UPDATE operator_keys SET status = $3, answer = $4 WHERE actor = $1 AND key = $2;

-- name: forget_operator_keys
-- Drops the operator's keys after 30 days.
DELETE FROM operator_keys WHERE seen_at < now() - interval '30 days';

-- name: list_shops
-- A page of shops, newest first; $1 and $2 are the place after which it starts.
SELECT id, name, email, zone, locale, payment_url, created_at, suspended_at, suspended_because FROM shops
WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid)
ORDER BY created_at DESC, id DESC LIMIT $3;

-- name: find_shop
-- A shop.
SELECT id, name, email, zone, locale, payment_url, created_at, suspended_at, suspended_because FROM shops WHERE id = $1;

-- name: lock_shop_to_suspend
-- Holds a shop while it is suspended or resumed.
SELECT suspended_at, suspended_because FROM shops WHERE id = $1 FOR NO KEY UPDATE;

-- name: set_suspension
-- Suspends a shop, or (with nulls) lets it sell again.
UPDATE shops SET suspended_at = $2, suspended_because = $3 WHERE id = $1;

-- name: suspension_of
-- Why a shop takes no orders; null where it takes them.
SELECT suspended_because FROM shops WHERE id = $1;

-- name: note_on_shop
-- Adds to what is on record of a shop.
INSERT INTO shop_record (shop_id, at, what, actor, words) VALUES ($1, $2, $3, $4, $5);

-- name: record_of_shop
-- What the operator did to a shop, oldest first.
SELECT at, what, actor, words FROM shop_record WHERE shop_id = $1 ORDER BY id;

-- name: count_orders_of_shops
-- How many orders each of some shops has.
SELECT shop_id, count(*) AS orders FROM orders WHERE shop_id = ANY ($1::uuid[]) GROUP BY shop_id;

-- name: count_complaints_of_shops
-- How many complaints there are about each of some shops, by state.
SELECT o.shop_id, c.state, count(*) AS complaints FROM cases AS c JOIN orders AS o ON o.id = c.order_id
WHERE c.what = 'complaint' AND o.shop_id = ANY ($1::uuid[]) GROUP BY o.shop_id, c.state;

-- name: count_failings_of_shops
-- How many orders of each of some shops D5 cancelled, and how many D1 found late. What was dropped does not count.
SELECT o.shop_id,
    count(DISTINCT h.order_id) FILTER (WHERE h.trigger = 'tracking_update' AND h.before <> 'cancelled' AND h.after = 'cancelled')
        AS cancelled,
    count(DISTINCT h.order_id) FILTER (WHERE h.trigger = 'ship_by' AND NOT h.cause ? 'dropped') AS late
FROM history AS h JOIN orders AS o ON o.id = h.order_id
WHERE h.trigger IN ('ship_by', 'tracking_update') AND o.shop_id = ANY ($1::uuid[]) GROUP BY o.shop_id;

-- name: list_policies
-- The versions of a shop's policy, newest first, each with how many orders are pinned to it and how many of those are not
-- over: neither cancelled nor returned, nor closed after their delivery (D14).
SELECT p.version, p.published_at, p.published_by, p.terms, coalesce(n.orders, 0) AS orders,
    coalesce(n.open_orders, 0) AS open_orders
FROM policies AS p LEFT JOIN (
    SELECT policy_version, count(*) AS orders,
        count(*) FILTER (WHERE status NOT IN ('cancelled', 'returned') AND closed_at IS NULL) AS open_orders
    FROM orders WHERE shop_id = $1 GROUP BY policy_version
) AS n ON n.policy_version = p.version
WHERE p.shop_id = $1 ORDER BY p.version DESC;

-- name: find_policy
-- One version of a shop's policy; the one in force where no version is named.
SELECT shop_id, version, published_at, published_by, terms FROM policies
WHERE shop_id = $1 AND ($2::int IS NULL OR version = $2) ORDER BY version DESC LIMIT 1;

-- name: list_complaints
-- A page of complaints about all shops, newest first; $3 and $4 are the place after which it starts.
SELECT c.id, c.order_id, c.opened_at, c.body, o.number AS order_number, o.shop_id, s.name AS shop_name
FROM cases AS c JOIN orders AS o ON o.id = c.order_id JOIN shops AS s ON s.id = o.shop_id
WHERE c.what = 'complaint' AND ($1::text IS NULL OR c.state = $1) AND ($2::uuid IS NULL OR o.shop_id = $2)
    AND ($3::timestamptz IS NULL OR (c.opened_at, c.id) < ($3, $4::uuid))
ORDER BY c.opened_at DESC, c.id DESC LIMIT $5;

-- name: find_complaint
-- A complaint, its order and its shop.
SELECT c.id, c.order_id, c.opened_at, c.body, o.number AS order_number, o.shop_id, s.name AS shop_name
FROM cases AS c JOIN orders AS o ON o.id = c.order_id JOIN shops AS s ON s.id = o.shop_id
WHERE c.id = $1 AND c.what = 'complaint';
