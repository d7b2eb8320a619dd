-- name: remember_events
-- Takes note of events; gives back those that were not known.
INSERT INTO inbox (event_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id;

-- name: put_in_outbox
-- Keeps what a transaction said, in the order it said it, and marks it as not published yet.
WITH put AS (
    INSERT INTO outbox (event_id, about, subject, body)
    SELECT event_id, about, subject, body
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) WITH ORDINALITY
        AS said (event_id, about, subject, body, place)
    ORDER BY place
    RETURNING id
)
INSERT INTO outbox_waiting SELECT id FROM put;

-- name: become_relay
-- Makes this session the database's one relay; false while another is. Ends with the session.
SELECT pg_try_advisory_lock(7232002);

-- name: take_waiting
-- The oldest rows that the broker has not confirmed. Ids of one order grow in commit order: its row lock sees to it.
-- The array keeps this at two index scans, whatever the planner believes about a table that is empty most of the time.
SELECT id, event_id, subject, body FROM outbox
WHERE id = ANY (ARRAY (SELECT id FROM outbox_waiting ORDER BY id LIMIT $1))
ORDER BY id;

-- name: mark_published
-- The broker has these.
DELETE FROM outbox_waiting WHERE id = ANY ($1::bigint[]);

-- name: count_waiting
-- How many rows the broker has not confirmed, as far as it matters.
SELECT count(*) FROM (SELECT 1 FROM outbox_waiting LIMIT 10000) AS waiting;

-- name: republish
-- Marks everything of the last days as not published, so that the relay rebuilds the stream.
INSERT INTO outbox_waiting
SELECT id FROM outbox WHERE recorded_at > now() - make_interval(days => $1) ON CONFLICT DO NOTHING;

-- name: trim_outbox
-- Drops a slice of what is older than 45 days and published.
DELETE FROM outbox WHERE id IN (
    SELECT o.id FROM outbox AS o
    WHERE o.recorded_at < now() - interval '45 days'
        AND NOT EXISTS (SELECT 1 FROM outbox_waiting AS w WHERE w.id = o.id)
    LIMIT 5000
);

-- name: trim_inbox
-- Drops a slice of what is older than anything an outbox could send again.
DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox WHERE received_at < now() - interval '60 days' LIMIT 5000);

-- name: count_failure
-- One more failure of an event that was tried alone.
INSERT INTO attempts (event_id, failures, last_reason) VALUES ($1, 1, $2)
ON CONFLICT (event_id) DO UPDATE
SET failures = attempts.failures + 1, last_reason = excluded.last_reason, last_failed_at = now()
RETURNING failures;

-- name: quarantine
-- Puts messages aside, once each.
INSERT INTO quarantine (stream, sequence, subject, event_id, body, reason)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::uuid[], $5::bytea[], $6::text[])
ON CONFLICT DO NOTHING;

-- name: list_quarantine
-- What waits for a person, newest first.
SELECT id, stream, sequence, subject, event_id, reason, state, note, seen_at, length(body) AS bytes
FROM quarantine WHERE state = ANY ($1::text[]) ORDER BY id DESC LIMIT $2;

-- name: show_quarantined
-- One message with its body.
SELECT * FROM quarantine WHERE id = $1;

-- name: ask_replay
-- Asks the running service to handle a message again.
UPDATE quarantine SET state = 'replay' WHERE id = $1 AND state = 'waiting' RETURNING id;

-- name: discard
-- Gives a message up, with a reason that stays on record.
UPDATE quarantine SET state = 'discarded', note = $2 WHERE id = $1 AND state = 'waiting' RETURNING id;

-- name: take_replays
-- Messages that a person asked to have handled again.
SELECT id, stream, sequence, subject, body FROM quarantine WHERE state = 'replay' ORDER BY id LIMIT 100;

-- name: settle_replay
-- What became of a replay.
UPDATE quarantine SET state = $2, reason = coalesce($3, reason) WHERE id = $1 AND state = 'replay';
