-- name: insert_account
-- Adds a carrier account.
INSERT INTO accounts (name, endpoint, carrier, format, scheme, zone, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: insert_key
-- Adds a key of an account.
INSERT INTO account_keys (id, account, sealed) VALUES ($1, $2, $3);

-- name: retire_keys
-- Lets an account's older keys end after a while.
UPDATE account_keys SET not_after = now() + make_interval(secs => $3)
WHERE account = $1 AND id <> $2 AND (not_after IS NULL OR not_after > now() + make_interval(secs => $3));

-- name: scheme_of
-- How an account's pushes are signed.
SELECT scheme FROM accounts WHERE name = $1;

-- name: disable_account
-- Has an account's pushes refused from now on.
UPDATE accounts SET enabled = false WHERE name = $1 RETURNING name;

-- name: list_accounts
-- Every account, with how many keys are active.
SELECT a.name, a.endpoint, a.carrier, a.format, a.scheme, a.zone, a.enabled,
    (SELECT count(*) FROM account_keys AS k WHERE k.account = a.name AND (k.not_after IS NULL OR k.not_after > now()))
        AS active_keys
FROM accounts AS a ORDER BY a.name;

-- name: enabled_accounts
-- The accounts whose pushes are taken, with their active keys.
SELECT a.name, a.endpoint, a.carrier, a.format, a.scheme, a.zone,
    array_agg(k.id) AS key_ids, array_agg(k.sealed) AS keys
FROM accounts AS a JOIN account_keys AS k ON k.account = a.name
WHERE a.enabled AND k.not_before <= now() AND (k.not_after IS NULL OR k.not_after > now())
GROUP BY a.name;

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

-- name: take_unread
-- Takes the oldest pushes to read; the rows are held until commit.
SELECT u.place, p.id, p.account, p.received_at, p.digest, coalesce(p.sealed, f.sealed) AS sealed, p.first_id,
    a.carrier, a.format, a.zone
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
INSERT INTO unreadable (scan_id, push_id, record, account, reason, raw_code)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[]) ON CONFLICT DO NOTHING;

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
INSERT INTO verdicts (scan_id, verdict, reason)
SELECT DISTINCT ON (scan_id) scan_id, verdict, reason
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
