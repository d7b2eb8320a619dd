-- name: quarantine_summary
-- What waits in the quarantine, by account, reason and code. $1 carrier, $2 account, $3 reason, $4 code; null: any.
SELECT u.account, a.carrier, split_part(u.reason, ':', 1) AS reason, u.raw_code AS code, count(*) AS records,
    min(u.seen_at) AS first_seen, max(u.seen_at) AS last_seen
FROM unreadable AS u JOIN accounts AS a ON a.name = u.account
WHERE u.settled IS NULL AND ($1::text IS NULL OR a.carrier = $1) AND ($2::text IS NULL OR u.account = $2)
    AND ($3::text IS NULL OR split_part(u.reason, ':', 1) = $3) AND ($4::text IS NULL OR u.raw_code = $4)
GROUP BY u.account, a.carrier, split_part(u.reason, ':', 1), u.raw_code
ORDER BY count(*) DESC, u.account, reason, code
LIMIT $5;

-- name: quarantine_records
-- The newest records that wait in the quarantine, with the same filters.
SELECT u.scan_id, u.push_id, u.record, u.account, a.carrier, split_part(u.reason, ':', 1) AS reason, u.raw_code AS code,
    u.seen_at
FROM unreadable AS u JOIN accounts AS a ON a.name = u.account
WHERE u.settled IS NULL AND ($1::text IS NULL OR a.carrier = $1) AND ($2::text IS NULL OR u.account = $2)
    AND ($3::text IS NULL OR split_part(u.reason, ':', 1) = $3) AND ($4::text IS NULL OR u.raw_code = $4)
ORDER BY u.seen_at DESC, u.scan_id
LIMIT $5;

-- name: quarantined_record
-- A record that could not be understood, settled or not, with its push.
SELECT u.scan_id, u.push_id, u.record, u.account, u.reason AS why_unreadable, u.raw_code AS code, u.seen_at,
    u.settled, u.settled_at, u.settled_by, u.settled_why,
    p.id, p.received_at, p.digest, coalesce(p.sealed, f.sealed) AS sealed, p.first_id, a.carrier, a.format, a.zone,
    EXISTS (SELECT 1 FROM contradictions AS c WHERE c.push_id = p.id) AS contradicts
FROM unreadable AS u
JOIN pushes AS p ON p.id = u.push_id
LEFT JOIN pushes AS f ON f.id = p.first_id
JOIN accounts AS a ON a.name = u.account
WHERE u.scan_id = $1;

-- name: take_quarantined
-- The next records to read again, in the order in which they came, behind ($6, $7); held until commit. One that
-- `orders` has not judged yet is left out: a later word on it must never overtake the first.
SELECT u.scan_id, u.record, u.push_id, p.place
FROM unreadable AS u
JOIN pushes AS p ON p.id = u.push_id
JOIN accounts AS a ON a.name = u.account
WHERE u.settled IS NULL AND ($1::text IS NULL OR a.carrier = $1) AND ($2::text IS NULL OR u.account = $2)
    AND ($3::text IS NULL OR split_part(u.reason, ':', 1) = $3) AND ($4::text IS NULL OR u.raw_code = $4)
    AND ($5::uuid[] IS NULL OR u.scan_id = ANY ($5))
    AND (p.place, u.record) > ($6::bigint, $7::int)
    AND EXISTS (SELECT 1 FROM verdicts AS v WHERE v.scan_id = u.scan_id)
ORDER BY p.place, u.record
LIMIT $8
FOR UPDATE OF u SKIP LOCKED;

-- name: count_unjudged
-- How many records of a choice `orders` has not judged yet.
SELECT count(*)
FROM unreadable AS u JOIN accounts AS a ON a.name = u.account
WHERE u.settled IS NULL AND ($1::text IS NULL OR a.carrier = $1) AND ($2::text IS NULL OR u.account = $2)
    AND ($3::text IS NULL OR split_part(u.reason, ':', 1) = $3) AND ($4::text IS NULL OR u.raw_code = $4)
    AND ($5::uuid[] IS NULL OR u.scan_id = ANY ($5))
    AND NOT EXISTS (SELECT 1 FROM verdicts AS v WHERE v.scan_id = u.scan_id);

-- name: pushes_to_read_again
-- Some pushes with their bodies, where those are kept still.
SELECT p.id, p.account, p.received_at, p.digest, coalesce(p.sealed, f.sealed) AS sealed, p.first_id,
    a.carrier, a.format, a.zone,
    EXISTS (SELECT 1 FROM contradictions AS c WHERE c.push_id = p.id) AS contradicts
FROM pushes AS p
LEFT JOIN pushes AS f ON f.id = p.first_id
JOIN accounts AS a ON a.name = p.account
WHERE p.id = ANY ($1::uuid[])
ORDER BY p.place;

-- name: settle_replayed
-- These records are understood, and have been said.
UPDATE unreadable SET settled = 'replayed', settled_at = $2, settled_by = $3 WHERE scan_id = ANY ($1::uuid[]);

-- name: still_unreadable
-- These records, read again, are not understood for these reasons.
UPDATE unreadable AS u SET record = s.record, reason = s.reason, raw_code = s.raw_code
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS s (scan_id, record, reason, raw_code)
WHERE u.scan_id = s.scan_id;

-- name: keep_whole_readings
-- Keeps how many records pushes hold that were one record while nobody could parse them.
INSERT INTO readings (push_id, records, replayed_whole) SELECT *, true FROM unnest($1::uuid[], $2::int[]) WHERE true
ON CONFLICT (push_id) DO UPDATE SET records = excluded.records, replayed_whole = true;

-- name: discard_quarantined
-- Gives records up, with a reason that stays on record.
UPDATE unreadable SET settled = 'discarded', settled_at = $6, settled_by = $7, settled_why = $8
FROM accounts AS a
WHERE a.name = unreadable.account AND unreadable.settled IS NULL
    AND ($1::text IS NULL OR a.carrier = $1) AND ($2::text IS NULL OR unreadable.account = $2)
    AND ($3::text IS NULL OR split_part(unreadable.reason, ':', 1) = $3)
    AND ($4::text IS NULL OR unreadable.raw_code = $4)
    AND ($5::uuid[] IS NULL OR unreadable.scan_id = ANY ($5));
