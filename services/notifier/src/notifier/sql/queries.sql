-- name: keep_messages
-- Keeps messages to be sent, once each.
INSERT INTO messages (id, order_id, shop_id, recipient, kinds, facts, parts, not_before)
SELECT id, order_id, shop_id, recipient, string_to_array(kinds, ' '), string_to_array(facts, ' '), parts::jsonb, not_before
FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[]
) WITH ORDINALITY AS m (id, order_id, shop_id, recipient, kinds, facts, parts, not_before, n)
ORDER BY n
ON CONFLICT DO NOTHING;

-- name: become_sender
-- Makes this session the one that sends; false while another is. Ends with the session.
SELECT pg_try_advisory_lock(7232003);

-- name: read_in_order
-- Has the sender's session read what waits in the order of its index, and stop when it has enough. The planner knows the
-- table as it is most of the time, when nothing waits; then it would sort all of it, each time.
SET enable_sort = off;

-- name: take_waiting
-- The messages that may be sent now; of each order and recipient the oldest, so that none overtakes. A one-time code is
-- no news of the order: it waits for nothing, and nothing waits for it.
-- Whether a message is the oldest is looked up only until enough are found: OFFSET keeps the two apart.
SELECT m.* FROM (
    SELECT w.id FROM (
        SELECT id, order_id, recipient, place, kinds FROM messages
        WHERE state = 'waiting' AND not_before <= $1 AND next_try_at <= now()
        ORDER BY not_before, place OFFSET 0
    ) AS w
    WHERE w.order_id IS NULL OR w.kinds = '{one_time_code}' OR w.place = (
        SELECT min(e.place) FROM messages AS e
        WHERE e.order_id = w.order_id AND e.recipient = w.recipient AND e.state = 'waiting' AND e.not_before <= $1
            AND e.kinds <> '{one_time_code}'
    )
    LIMIT $2
) AS t JOIN messages AS m USING (id)
ORDER BY m.not_before, m.place;

-- name: last_told
-- Which of two kinds of facts about an order, by the beginnings of their names, this person was told of last.
SELECT fact FROM messages, unnest(told) AS fact
WHERE order_id = $1 AND recipient = $2 AND state = 'sent' AND (starts_with(fact, $3) OR starts_with(fact, $4))
ORDER BY place DESC LIMIT 1;

-- name: has_newer_digest
-- Is there a later digest of the same shop?
SELECT EXISTS (SELECT 1 FROM messages WHERE shop_id = $1 AND order_id IS NULL AND place > $2);

-- name: was_settled
-- Was one of these facts about an order announced to somebody after this place?
SELECT EXISTS (SELECT 1 FROM messages WHERE order_id = $1 AND place > $2 AND facts && $3::text[]);

-- name: settle
-- What became of a message; what was told, and what it was written with, if it was sent.
UPDATE messages
SET state = $2, outcome = $3, settled_at = $4, tries = tries + 1, told = $5, templates_version = $6, language = $7,
    ending = $8, reported = false
WHERE id = $1 AND state = 'waiting';

-- name: take_unreported
-- Messages that ended, and that nobody was told of; two processes never take the same.
SELECT id, order_id, shop_id, recipient, channel, kinds, facts, told, ending, settled_at FROM messages
WHERE ending IS NOT NULL AND NOT reported ORDER BY place LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED;

-- name: mark_reported
-- Their outcomes were said.
UPDATE messages SET reported = true WHERE id = ANY ($1::uuid[]);

-- name: has_unreported
-- Has a message ended that nobody was told of?
SELECT EXISTS (SELECT 1 FROM messages WHERE ending IS NOT NULL AND NOT reported);

-- name: try_later
-- It could not be sent now.
UPDATE messages SET tries = tries + 1, outcome = $2, next_try_at = now() + make_interval(secs => $3)
WHERE id = $1 AND state = 'waiting';

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
SELECT id, recipient, channel, kinds, state, outcome, told, settled_at, not_before, tries FROM messages
WHERE order_id = $1 ORDER BY place;

-- name: failed_messages
-- What could not be sent and will not be tried again, the latest first.
SELECT id, order_id, shop_id, recipient, channel, kinds, outcome, settled_at, tries FROM messages
WHERE state = 'failed' ORDER BY settled_at DESC LIMIT $1;

-- name: send_again
-- Has a message that failed tried again, under the same id.
UPDATE messages SET state = 'waiting', settled_at = NULL, ending = NULL, next_try_at = now()
WHERE id = $1 AND state = 'failed'
RETURNING id;
