-- name: share_intake
-- Held while pushes are committed: a watermark waits for it, see `take_level`.
SELECT pg_advisory_xact_lock_shared(7232201);

-- name: first_of
-- The first push with each of these digests; one whose body was dropped can no longer stand for another.
SELECT DISTINCT ON (digest) digest, id AS first_id FROM pushes
WHERE digest = ANY ($1::bytea[]) AND sealed IS NOT NULL ORDER BY digest, place;

-- name: keep_pushes
-- Keeps pushes as they came, and marks them as not read.
WITH kept AS (
    INSERT INTO pushes (id, account, received_at, digest, first_id, sealed)
    SELECT id, account, received_at, digest, first_id, sealed
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bytea[], $5::uuid[], $6::bytea[])
        WITH ORDINALITY AS p (id, account, received_at, digest, first_id, sealed, n)
    ORDER BY n
    RETURNING place, id
)
INSERT INTO unread SELECT place, id FROM kept;

-- name: compare_message_ids
-- Keeps messages' ids; those that had come with another content are set aside. Gives how many. The update changes
-- nothing: it has the id's first content returned, even that of a commit which another instance has just made.
WITH told AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
        WITH ORDINALITY AS t (push_id, account, message_id, digest, n)
), known AS (
    INSERT INTO message_ids (account, message_id, digest)
    SELECT DISTINCT ON (account, message_id) account, message_id, digest FROM told
    ORDER BY account, message_id, n
    ON CONFLICT (account, message_id) DO UPDATE SET seen_at = message_ids.seen_at
    RETURNING account, message_id, digest
), aside AS (
    INSERT INTO contradictions (push_id)
    SELECT t.push_id FROM told AS t
    JOIN known AS k ON k.account = t.account AND k.message_id = t.message_id
    WHERE k.digest <> t.digest
    RETURNING 1
)
SELECT count(*) FROM aside;

-- name: drop_message_ids
-- Lets go of messages' ids: their signatures are stale by now.
DELETE FROM message_ids WHERE seen_at < now() - interval '1 day';

-- name: take_unread
-- Takes the oldest pushes to read; the rows are held until commit.
SELECT u.place, p.id, p.account, p.received_at, p.digest, coalesce(p.sealed, f.sealed) AS sealed, p.first_id,
    a.carrier, a.format, a.zone,
    EXISTS (SELECT 1 FROM contradictions AS c WHERE c.push_id = p.id) AS contradicts
FROM unread AS u
JOIN pushes AS p ON p.id = u.push_id
LEFT JOIN pushes AS f ON f.id = p.first_id
JOIN accounts AS a ON a.name = p.account
ORDER BY u.place
LIMIT $1
FOR UPDATE OF u SKIP LOCKED;

-- name: mark_read
-- These have been read.
DELETE FROM unread WHERE place = ANY ($1::bigint[]);

-- name: keep_unreadable
-- Keeps what could not be understood.
INSERT INTO unreadable (scan_id, push_id, record, account, reason, raw_code, seen_at)
SELECT *, $7::timestamptz FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING;

-- name: keep_readings
-- Keeps how many records pushes hold that do not hold one.
INSERT INTO readings (push_id, records) SELECT * FROM unnest($1::uuid[], $2::int[]) ON CONFLICT DO NOTHING;

-- name: count_records
-- Counts records that are put out.
UPDATE feed SET records = records + $1;

-- name: close_intake
-- Waits for the commits under way, and holds new ones back: what is committed now was received before now.
SELECT pg_advisory_xact_lock(7232201);

-- name: read_level
-- How many records were put out, and since when the oldest push waits to be read.
SELECT f.records, (
    SELECT min(p.received_at) FROM unread AS u JOIN pushes AS p ON p.id = u.push_id
) AS oldest_unread
FROM feed AS f;

-- name: count_unread
-- Is there anything left to read?
SELECT count(*) FROM (SELECT 1 FROM unread LIMIT 1) AS waiting;

-- name: keep_verdicts
-- Keeps the latest verdict on each record.
INSERT INTO verdicts (scan_id, verdict, reason, judged_at)
SELECT DISTINCT ON (scan_id) scan_id, verdict, reason, $4::timestamptz
FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS v (scan_id, verdict, reason, n)
ORDER BY scan_id, n DESC
ON CONFLICT (scan_id) DO UPDATE SET verdict = excluded.verdict, reason = excluded.reason;

-- name: drop_bodies
-- Lets go of bodies after 30 days; a person's data may be in them.
UPDATE pushes SET sealed = NULL
WHERE id IN (
    SELECT p.id FROM pushes AS p
    WHERE p.received_at < $1 AND p.sealed IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM unread AS u JOIN pushes AS q ON q.id = u.push_id WHERE q.first_id = p.id)
    LIMIT 1000
);
