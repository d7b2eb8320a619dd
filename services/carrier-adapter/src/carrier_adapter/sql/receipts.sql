-- name: receipt_of
-- An account's push, or the first one with its body, and whether it has been read.
SELECT p.id, p.account, p.received_at, p.digest, p.sealed, p.first_id, a.carrier, a.format, a.zone,
    EXISTS (SELECT 1 FROM unread AS u WHERE u.push_id = p.id) AS is_unread,
    coalesce(r.records, 1) AS records, coalesce(r.replayed_whole, false) AS replayed_whole,
    EXISTS (SELECT 1 FROM contradictions AS c WHERE c.push_id = p.id) AS contradicts
FROM pushes AS asked
JOIN pushes AS p ON p.id = asked.first_id
JOIN accounts AS a ON a.name = p.account
LEFT JOIN readings AS r ON r.push_id = p.id
WHERE asked.id = $1 AND asked.account = $2;

-- name: outcomes_of
-- What became of some records, as far as it is known.
SELECT asked.scan_id, v.verdict, v.reason, u.record, u.reason AS unreadable, u.raw_code, u.settled
FROM unnest($1::uuid[]) AS asked (scan_id)
LEFT JOIN verdicts AS v ON v.scan_id = asked.scan_id
LEFT JOIN unreadable AS u ON u.scan_id = asked.scan_id;

-- name: drop_verdicts
-- Lets go of verdicts that no receipt shows any more.
DELETE FROM verdicts WHERE ctid = ANY (ARRAY(SELECT ctid FROM verdicts WHERE judged_at < $1 LIMIT 5000));
