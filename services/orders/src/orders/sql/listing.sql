-- name: page_of_orders
-- The orders that are next. $3 and $4 are the place of the one before; `:way` and `:beyond` say newest or oldest first;
-- `filters` stands for what is asked for.
SELECT o.id, o.placed_at AS place FROM orders AS o
WHERE o.shop_id = $1 AND ($3::timestamptz IS NULL OR (o.placed_at, o.id) :beyond ($3, $4::uuid)) /* filters */
ORDER BY o.placed_at :way, o.id :way LIMIT $2;

-- name: page_of_carrier
-- The same of the orders that a carrier has: its own index has them in order, be they many or few, young or old.
SELECT o.id, c.placed_at AS place FROM order_carriers AS c JOIN orders AS o ON o.id = c.order_id
WHERE c.shop_id = $1 AND o.shop_id = $1 AND c.carrier = :value
    AND ($3::timestamptz IS NULL OR (c.placed_at, c.order_id) :beyond ($3, $4::uuid)) /* filters */
ORDER BY c.placed_at :way, c.order_id :way LIMIT $2;

-- name: page_of_due
-- The same of the orders with a deadline before: there are only as many as are open, however old the shop is.
SELECT o.id, d.placed_at AS place FROM deadlines_ahead AS d JOIN orders AS o ON o.id = d.order_id
WHERE d.shop_id = $1 AND o.shop_id = $1 AND d.next_due_at < :value
    AND ($3::timestamptz IS NULL OR (d.placed_at, d.order_id) :beyond ($3, $4::uuid)) /* filters */
ORDER BY d.placed_at :way, d.order_id :way LIMIT $2;

-- name: page_by_due
-- The orders that are next, the soonest deadline first; an order without one is not among them.
SELECT o.id, d.next_due_at AS place FROM deadlines_ahead AS d JOIN orders AS o ON o.id = d.order_id
WHERE d.shop_id = $1 AND o.shop_id = $1 AND d.next_due_at IS NOT NULL
    AND ($3::timestamptz IS NULL OR (d.next_due_at, d.order_id) > ($3, $4::uuid)) /* filters */
ORDER BY d.next_due_at, d.order_id LIMIT $2;

-- name: where_status
-- In one status: the index gives them in order.
AND o.status = :value

-- name: where_statuses
-- In one of several statuses.
AND o.status = ANY (:value::text[])

-- name: where_badge
-- With one badge.
AND o.badge = :value

-- name: where_fulfilment
-- Shipped by one of the two.
AND o.fulfilment = :value

-- name: where_placed_from
-- Placed then or later.
AND :placed >= :value

-- name: where_placed_to
-- Placed before.
AND :placed < :value

-- name: where_number
-- With this number of the marketplace's.
AND o.number = :value

-- name: where_carrier
-- With this carrier now.
AND EXISTS (SELECT 1 FROM order_carriers AS h WHERE h.order_id = o.id AND h.carrier = :value)

-- name: where_tracking_number
-- With a parcel that has, or had, this tracking number.
AND EXISTS (SELECT 1 FROM bindings AS b WHERE b.order_id = o.id AND b.tracking_number = :value)

-- name: where_due_before
-- With a deadline before, where the list goes by deadlines.
AND d.next_due_at < :value

-- name: guess_with_words
-- How many orders the planner's statistics say have some words. They know common words well, and rare ones not at all.
EXPLAIN (FORMAT JSON) SELECT FROM order_search WHERE words @@ search_for($1, $2);

-- name: count_searched
-- How many orders there are to search, as they were counted last.
SELECT reltuples::bigint FROM pg_class WHERE oid = 'order_search'::regclass;

-- name: count_with_words
-- How many orders have some words, unless they are more than so many.
SELECT count(*) FROM (
    SELECT FROM order_search WHERE shop_id = $1 AND words @@ (SELECT search_for($1, $2)) LIMIT $3
) AS counted;

-- name: where_words
-- With some words that few orders have: the index of words gives them.
AND o.id = ANY (ARRAY(
    SELECT w.order_id FROM order_search AS w WHERE w.shop_id = $1 AND w.words @@ (SELECT search_for($1, :value))
))

-- name: where_text
-- With some words that many orders have: looked for order by order, until the page is full.
AND (
    SELECT w.words @@ (SELECT search_for($1, :value)) FROM order_search AS w WHERE w.order_id = o.id AND w.shop_id = $1
)

-- name: where_ids
-- Among these.
AND o.id = ANY (:value::uuid[])

-- name: plan_each_page
-- Until the transaction ends, each query is planned for its own values (a status is rare in one shop and common in
-- another), for one process, and never compiled.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true);

-- name: walk_along_an_index
-- Until the transaction ends, an index that has the orders in their order is walked until the page is full. Left to itself
-- the planner prefers to sort: it takes the wall between shops for a condition that hardly an order meets.
SELECT set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true);

-- name: pages_of_statuses
-- The first of several pages, each of one status and in order; `pages` stands for them.
SELECT id, place FROM ((/* pages */)) AS pages ORDER BY place :way, id :way LIMIT $2;

-- name: beside_it
-- What stands between two of those pages.
) UNION ALL (

-- name: words_in
-- How many words there are to search for in a text.
SELECT cardinality(terms_of($1));

-- name: listed_of
-- What a list shows of some orders.
SELECT o.id, o.number, o.version, o.status, o.badge, o.fulfilment, o.placed_at, o.bought_at, o.promised_at, o.shipped_at,
    o.total, o.currency, d.ahead,
    ARRAY(SELECT p.state::text FROM parcels AS p WHERE p.order_id = o.id ORDER BY p.number) AS parcels,
    ARRAY(SELECT c.carrier FROM order_carriers AS c WHERE c.order_id = o.id ORDER BY c.carrier) AS carriers,
    ARRAY(
        SELECT b.tracking_number FROM bindings AS b WHERE b.order_id = o.id AND b.valid_to IS NULL
        ORDER BY b.parcel, b.valid_from
    ) AS tracking_numbers
FROM orders AS o LEFT JOIN deadlines_ahead AS d ON d.order_id = o.id
WHERE o.id = ANY ($1::uuid[]);

-- name: keep_deadlines
-- Keeps what is ahead of orders, unless something newer is known.
INSERT INTO deadlines_ahead (order_id, shop_id, placed_at, order_version, next_due_at, ahead)
SELECT a.order_id, o.shop_id, o.placed_at, a.order_version, a.next_due_at, a.ahead::jsonb
FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[]) AS a (order_id, order_version, next_due_at, ahead)
JOIN orders AS o ON o.id = a.order_id
ORDER BY a.order_id
ON CONFLICT (order_id) DO UPDATE
SET order_version = excluded.order_version, next_due_at = excluded.next_due_at, ahead = excluded.ahead
WHERE deadlines_ahead.order_version < excluded.order_version;

-- name: deadlines_ahead_of
-- What is ahead of some orders.
SELECT order_id, ahead FROM deadlines_ahead WHERE order_id = ANY ($1::uuid[]);

-- name: find_orders_again
-- Derives the words of some orders anew.
SELECT find_again($1::uuid[]);

-- name: keep_bought_at
-- Keeps when an imported order was bought.
UPDATE orders SET bought_at = $2 WHERE id = $1;
