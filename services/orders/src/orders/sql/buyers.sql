-- name: email_of_order
-- The address of an order's buyer; none once it was erased.
SELECT email_key FROM buyers WHERE order_id = $1;

-- name: insert_buyer_session
-- Lets a buyer in.
INSERT INTO buyer_sessions (digest, email, expires_at) VALUES ($1, $2, $3);

-- name: buyer_of_session
-- The address that a token proves.
SELECT email FROM buyer_sessions WHERE digest = $1 AND expires_at > $2;

-- name: end_buyer_session
-- Ends it.
DELETE FROM buyer_sessions WHERE digest = $1;

-- name: forget_buyer_sessions
-- Drops those that are over.
DELETE FROM buyer_sessions WHERE expires_at <= $1;

-- name: order_of_buyer
-- The shop of an order, if it is this buyer's.
SELECT o.shop_id FROM buyers AS b JOIN orders AS o ON o.id = b.order_id WHERE b.order_id = $1 AND b.email_key = $2;

-- name: orders_of_buyer
-- A page of a buyer's orders at all shops, newest first.
SELECT o.id, o.number, s.name AS seller, o.status, o.badge, o.currency, o.total, o.placed_at, o.bought_at, o.promised_at
FROM buyers AS b JOIN orders AS o ON o.id = b.order_id JOIN shops AS s ON s.id = o.shop_id
WHERE b.email_key = $1 AND ($2::timestamptz IS NULL OR (o.placed_at, o.id) < ($2, $3::uuid))
ORDER BY o.placed_at DESC, o.id DESC LIMIT $4;

-- name: totals_of_buyer
-- What a buyer has ordered at this marketplace, by currency.
SELECT o.currency, count(*) AS orders, sum(o.total) AS total
FROM buyers AS b JOIN orders AS o ON o.id = b.order_id
WHERE b.email_key = $1 GROUP BY o.currency ORDER BY o.currency;

-- name: revoke_links
-- Has the tracking links of an order open nothing any more.
DELETE FROM tracking_links WHERE order_id = $1;
