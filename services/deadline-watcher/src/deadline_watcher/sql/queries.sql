-- name: newer_orders
-- Takes note of order versions; gives those that are newer than what was known.
INSERT INTO orders (order_id, shop_id, version)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[])
ON CONFLICT (order_id) DO UPDATE SET version = excluded.version WHERE orders.version < excluded.version
RETURNING order_id;

-- name: say_again
-- Takes note of what is said of orders' deadlines; gives those of which something else was said before, or nothing yet.
UPDATE orders AS o SET said = s.said FROM unnest($1::uuid[], $2::bytea[]) AS s (order_id, said)
WHERE o.order_id = s.order_id AND o.said IS DISTINCT FROM s.said
RETURNING o.order_id;

-- name: set_deadlines
-- Writes the deadlines that orders have now. One that is due at another time, or rests on other facts, is a new one: its
-- epoch counts up, and it is pending again. One that did not change stays as it is.
INSERT INTO deadlines
    (order_id, parcel, kind, ask, epoch, state, due_at, rests_on, shop_id, policy_version, order_version)
SELECT d.order_id, d.parcel, d.kind, d.ask, 1, 'pending', d.due_at, d.rests_on::jsonb, d.shop_id, d.policy_version,
    d.order_version
FROM unnest(
    $1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[], $7::uuid[], $8::int[], $9::int[]
) AS d (order_id, parcel, kind, ask, due_at, rests_on, shop_id, policy_version, order_version)
ON CONFLICT (order_id, parcel, kind, ask) DO UPDATE
SET epoch = deadlines.epoch + 1, state = 'pending', due_at = excluded.due_at, rests_on = excluded.rests_on,
    policy_version = excluded.policy_version, order_version = excluded.order_version
WHERE (deadlines.due_at, deadlines.rests_on) IS DISTINCT FROM (excluded.due_at, excluded.rests_on)
    OR deadlines.state = 'cleared';

-- name: clear_deadlines
-- Clears what orders no longer have, also what was proposed: should its facts come back, it is a new one. The lists from
-- the second on name what they still have.
UPDATE deadlines AS d SET state = 'cleared'
WHERE d.order_id = ANY ($1::uuid[]) AND d.state <> 'cleared'
    AND NOT EXISTS (
        SELECT 1 FROM unnest($2::uuid[], $3::int[], $4::text[], $5::uuid[]) AS k (order_id, parcel, kind, ask)
        WHERE k.order_id = d.order_id AND k.parcel = d.parcel AND k.kind = d.kind AND k.ask = d.ask
    );

-- name: set_reminders
-- Has shops reminded of orders.
INSERT INTO reminders (order_id, shop_id, placed_at, from_day)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::date[])
ON CONFLICT DO NOTHING;

-- name: drop_reminders
-- Stops reminding of orders.
DELETE FROM reminders WHERE order_id = ANY ($1::uuid[]);

-- name: set_digests
-- Gives shops their first digest. One that has a next digest already keeps it, and takes over a newer policy's hour for
-- those after it.
INSERT INTO digests (shop_id, policy_version, zone, reminder_at, due_at, local_date)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::time[], $5::timestamptz[], $6::date[])
ON CONFLICT (shop_id) DO UPDATE
SET policy_version = excluded.policy_version, zone = excluded.zone, reminder_at = excluded.reminder_at
WHERE digests.policy_version < excluded.policy_version;

-- name: take_due
-- Proposes what is due, oldest first; each epoch once.
WITH due AS (
    SELECT order_id, parcel, kind, ask FROM deadlines
    WHERE state = 'pending' AND due_at <= $1
    ORDER BY due_at, order_id, parcel LIMIT $2
    FOR UPDATE SKIP LOCKED
), fired AS (
    UPDATE deadlines AS d SET state = 'proposed' FROM due
    WHERE d.order_id = due.order_id AND d.parcel = due.parcel AND d.kind = due.kind AND d.ask = due.ask
    RETURNING d.*
), kept AS (
    INSERT INTO proposed (order_id, parcel, kind, ask, epoch, due_at, proposed_at)
    SELECT order_id, parcel, kind, ask, epoch, due_at, $1 FROM fired
)
SELECT * FROM fired ORDER BY due_at, order_id, parcel;

-- name: take_digests
-- Takes the digests that are due.
SELECT shop_id, zone, reminder_at, due_at, local_date FROM digests
WHERE due_at <= $1 ORDER BY due_at, shop_id LIMIT $2
FOR UPDATE SKIP LOCKED;

-- name: reminders_of
-- The orders that shops are reminded of on a day: the first few placed, and how many there are.
SELECT d.shop_id, r.order_id, r.waiting
FROM unnest($1::uuid[], $2::date[]) AS d (shop_id, local_date)
CROSS JOIN LATERAL (
    SELECT order_id, placed_at, count(*) OVER () AS waiting FROM reminders
    WHERE shop_id = d.shop_id AND from_day <= d.local_date
    ORDER BY placed_at, order_id LIMIT $3
) AS r
ORDER BY d.shop_id, r.placed_at, r.order_id;

-- name: move_digests
-- Sets the next digests.
UPDATE digests AS d SET due_at = n.due_at, local_date = n.local_date
FROM unnest($1::uuid[], $2::timestamptz[], $3::date[]) AS n (shop_id, due_at, local_date)
WHERE d.shop_id = n.shop_id;

-- name: next_due
-- When the next deadline or digest is due.
SELECT least((SELECT min(due_at) FROM deadlines WHERE state = 'pending'), (SELECT min(due_at) FROM digests));

-- name: deadlines_of
-- What is ahead of an order, and what was proposed, with the reasons.
SELECT parcel, kind, nullif(ask, '00000000-0000-0000-0000-000000000000') AS ask, epoch, state, due_at, rests_on,
    policy_version, order_version
FROM deadlines WHERE order_id = $1 ORDER BY due_at;
