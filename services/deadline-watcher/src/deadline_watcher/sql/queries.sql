-- name: newer_orders
-- Takes note of order versions; gives those that are newer than what was known.
INSERT INTO orders (order_id, shop_id, version)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[])
ON CONFLICT (order_id) DO UPDATE SET version = excluded.version WHERE orders.version < excluded.version
RETURNING order_id;

-- name: set_deadlines
-- Writes the deadlines that orders have now. One that is due at another time, or rests on other facts, is a new one: its
-- epoch counts up, and it is pending again. One that did not change stays as it is.
INSERT INTO deadlines (order_id, parcel, kind, epoch, state, due_at, rests_on, shop_id, policy_version, order_version)
SELECT d.order_id, d.parcel, d.kind, 1, 'pending', d.due_at, d.rests_on::jsonb, d.shop_id, d.policy_version,
    d.order_version
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::text[], $6::uuid[], $7::int[], $8::int[])
    AS d (order_id, parcel, kind, due_at, rests_on, shop_id, policy_version, order_version)
ON CONFLICT (order_id, parcel, kind) DO UPDATE
SET epoch = deadlines.epoch + 1, state = 'pending', due_at = excluded.due_at, rests_on = excluded.rests_on,
    policy_version = excluded.policy_version, order_version = excluded.order_version
WHERE (deadlines.due_at, deadlines.rests_on) IS DISTINCT FROM (excluded.due_at, excluded.rests_on)
    OR deadlines.state = 'cleared';

-- name: clear_deadlines
-- Clears what orders no longer have. The second and third list name, per order, what they still have.
UPDATE deadlines AS d SET state = 'cleared'
WHERE d.order_id = ANY ($1::uuid[]) AND d.state = 'pending'
    AND NOT EXISTS (
        SELECT 1 FROM unnest($2::uuid[], $3::int[], $4::text[]) AS k (order_id, parcel, kind)
        WHERE k.order_id = d.order_id AND k.parcel = d.parcel AND k.kind = d.kind
    );

-- name: set_reminders
-- Has orders reminded of; one that is already keeps its next time.
INSERT INTO reminders (order_id, shop_id, placed_at, policy, due_at, local_date)
SELECT order_id, shop_id, placed_at, policy::jsonb, due_at, local_date
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::date[])
    AS r (order_id, shop_id, placed_at, policy, due_at, local_date)
ON CONFLICT DO NOTHING;

-- name: drop_reminders
-- Stops reminding of orders.
DELETE FROM reminders WHERE order_id = ANY ($1::uuid[]);

-- name: take_due
-- Proposes what is due, oldest first; each epoch once.
WITH due AS (
    SELECT order_id, parcel, kind FROM deadlines
    WHERE state = 'pending' AND due_at <= $1
    ORDER BY due_at, order_id, parcel LIMIT $2
    FOR UPDATE SKIP LOCKED
), fired AS (
    UPDATE deadlines AS d SET state = 'proposed' FROM due
    WHERE d.order_id = due.order_id AND d.parcel = due.parcel AND d.kind = due.kind
    RETURNING d.*
), kept AS (
    INSERT INTO proposed SELECT order_id, parcel, kind, epoch, due_at, $1 FROM fired
)
SELECT * FROM fired ORDER BY due_at, order_id, parcel;

-- name: take_reminders
-- Takes the orders whose reminder is due.
SELECT order_id, shop_id, placed_at, policy, due_at, local_date FROM reminders
WHERE due_at <= $1 ORDER BY due_at, shop_id, order_id
FOR UPDATE SKIP LOCKED;

-- name: move_reminders
-- Sets the next reminders.
UPDATE reminders AS r SET due_at = n.due_at, local_date = n.local_date
FROM unnest($1::uuid[], $2::timestamptz[], $3::date[]) AS n (order_id, due_at, local_date)
WHERE r.order_id = n.order_id;

-- name: next_due
-- When the next deadline or reminder is due.
SELECT least(
    (SELECT min(due_at) FROM deadlines WHERE state = 'pending'), (SELECT min(due_at) FROM reminders)
);

-- name: deadlines_of
-- What is ahead of an order, and what was proposed, with the reasons.
SELECT parcel, kind, epoch, state, due_at, rests_on, policy_version, order_version FROM deadlines
WHERE order_id = $1 ORDER BY due_at;
