-- name: keep_messages
-- Keeps messages to be sent, once each.
INSERT INTO messages (id, order_id, shop_id, recipient, kinds, facts, parts, urgent, templates_version, not_before)
SELECT id, order_id, shop_id, recipient, string_to_array(kinds, ' '), string_to_array(facts, ' '), parts::jsonb, urgent,
    templates_version, not_before
FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::int[],
    $10::timestamptz[]
) WITH ORDINALITY AS m (
    id, order_id, shop_id, recipient, kinds, facts, parts, urgent, templates_version, not_before, n
)
ORDER BY n
ON CONFLICT DO NOTHING;

-- name: take_waiting
-- The messages that may be sent now, oldest first; the oldest of each order and recipient, so that none overtakes.
SELECT m.* FROM messages AS m
WHERE m.state = 'waiting' AND m.not_before <= $1 AND m.next_try_at <= now()
    AND NOT EXISTS (
        SELECT 1 FROM messages AS e
        WHERE e.order_id = m.order_id AND e.recipient = m.recipient AND e.place < m.place
            AND e.state = 'waiting' AND e.not_before <= $1
    )
ORDER BY m.place
LIMIT $2;

-- name: told_before
-- Was this person told of such a thing about an order?
SELECT EXISTS (
    SELECT 1 FROM messages
    WHERE order_id = $1 AND recipient = $2 AND state = 'sent' AND EXISTS (
        SELECT 1 FROM unnest(facts) AS fact WHERE fact LIKE $3
    )
);

-- name: settle
-- What became of a message.
UPDATE messages SET state = $2, outcome = $3, settled_at = $4, tries = tries + 1 WHERE id = $1 AND state = 'waiting';

-- name: try_later
-- It could not be sent now.
UPDATE messages SET tries = tries + 1, outcome = $2, next_try_at = now() + make_interval(secs => $3) WHERE id = $1;

-- name: wait_until
-- It waits for the person's waking hours.
UPDATE messages SET not_before = $2 WHERE id = $1 AND state = 'waiting';

-- name: next_waiting
-- When the next message may be sent, by business time.
SELECT min(not_before) FROM messages WHERE state = 'waiting';

-- name: count_sendable
-- Is there a message that may be sent now?
SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 'waiting' AND not_before <= $1 LIMIT 1) AS waiting;

-- name: messages_of
-- The messages about an order.
SELECT id, recipient, channel, kinds, state, outcome, settled_at, not_before, tries FROM messages
WHERE order_id = $1 ORDER BY place;
