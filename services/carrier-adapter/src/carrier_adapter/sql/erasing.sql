-- name: keep_erasures
-- Keeps which records are to be erased.
INSERT INTO erasures (scan_id, account, received_at) SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: take_erasures
-- Some records to be erased, oldest first.
SELECT scan_id, account, received_at FROM erasures ORDER BY received_at, scan_id LIMIT $1;

-- name: pushes_of_erasures
-- The pushes that some records may have come in, with their bodies where there is one: those of an account that were
-- committed at an instant.
SELECT p.id, p.account, p.received_at, p.digest, coalesce(p.sealed, f.sealed) AS sealed, p.first_id,
    a.carrier, a.format, a.zone
FROM pushes AS p
LEFT JOIN pushes AS f ON f.id = p.first_id
JOIN accounts AS a ON a.name = p.account
WHERE (p.account, p.received_at) IN (SELECT * FROM unnest($1::text[], $2::timestamptz[]))
    AND p.received_at BETWEEN $3 AND $4
ORDER BY p.place;

-- name: blank_bodies
-- Drops the bodies of some pushes, unless a push with the same body waits to be read: then nothing, and it is tried later.
UPDATE pushes SET sealed = NULL
WHERE id = ANY ($1::uuid[]) AND sealed IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM unread AS u JOIN pushes AS q ON q.id = u.push_id WHERE q.first_id = ANY ($1::uuid[])
);

-- name: count_bodies
-- How many of some pushes have a body still.
SELECT count(*) FROM pushes WHERE id = ANY ($1::uuid[]) AND sealed IS NOT NULL;

-- name: last_said
-- How far the outbox goes.
SELECT coalesce(max(id), 0) FROM outbox;

-- name: first_said
-- Where the outbox begins.
SELECT coalesce(min(id), 0) FROM outbox;

-- name: blank_said
-- Takes the words out of what was said of some records ($3) of some accounts ($4), in a slice of the outbox.
UPDATE outbox SET body = convert_to((convert_from(body, 'UTF8')::jsonb - 'raw_text' - 'place')::text, 'UTF8')
WHERE id > $1 AND id <= $2 AND subject = 'scans.v1.reported' AND about = ANY ($4::text[])
    AND substring(convert_from(body, 'UTF8') FROM '"scan_id": ?"([0-9a-f-]{36})"') = ANY ($3::text[]);

-- name: drop_erasures
-- These are erased.
DELETE FROM erasures WHERE scan_id = ANY ($1::uuid[]);

-- name: count_erasures
-- Is there anything left to erase?
SELECT count(*) FROM (SELECT 1 FROM erasures LIMIT 1) AS waiting;
