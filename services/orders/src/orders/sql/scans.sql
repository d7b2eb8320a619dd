-- name: hold_bindings
-- While this is held, no parcel gets or loses a tracking number: what is matched stays matched until commit.
SELECT pg_advisory_xact_lock_shared(7232101);

-- name: change_bindings
-- Waits for the batches that are matching, and keeps new ones out until commit.
SELECT pg_advisory_xact_lock(7232101);

-- name: tellings
-- Earlier records with the same identity, the one to compare with last: the newest, and rather one that was understood.
SELECT scan_id, identity, verdict, order_id, parcel, carrier, status, sub_status, leg, scanned_at, received_at,
    time_quality, signed, attempt_no, raw_code, raw_text, place, estimated_at
FROM scans WHERE identity = ANY ($1::text[]) AND verdict <> 'duplicate' AND verdict <> 'superseded'
ORDER BY status IS NOT NULL, received_at;

-- name: candidates
-- Every parcel that has, or had, one of these numbers.
SELECT b.order_id, b.parcel, b.carrier, b.tracking_number, b.account, b.valid_from, b.valid_to, b.shared_with,
    o.placed_at
FROM bindings AS b JOIN orders AS o ON o.id = b.order_id
WHERE b.tracking_number = ANY ($1::text[])
ORDER BY b.valid_to DESC NULLS FIRST, b.valid_from DESC;

-- name: keep_scans
-- Keeps records with their verdicts. One that nobody understood, and that is told again after a replay, takes its new
-- verdict. Words about the parcel of a buyer who is erased are not kept; those records are given back.
WITH kept AS (
    INSERT INTO scans (
        scan_id, identity, verdict, reason, order_id, parcel, account, carrier, tracking_number, status, sub_status, leg,
        scanned_at, received_at, time_quality, raw_code, raw_text, place, signed, attempt_no, estimated_at
    )
    SELECT scan_id, identity, verdict, reason, order_id, parcel, account, carrier, tracking_number, status, sub_status, leg,
        scanned_at, received_at, time_quality, raw_code,
        CASE WHEN order_id IN (SELECT id FROM orders WHERE erased_at IS NOT NULL) THEN NULL ELSE raw_text END,
        CASE WHEN order_id IN (SELECT id FROM orders WHERE erased_at IS NOT NULL) THEN NULL ELSE place END,
        signed, attempt_no, estimated_at
    FROM unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::int[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::text[], $16::text[],
        $17::text[], $18::text[], $19::boolean[], $20::int[], $21::timestamptz[]
    ) AS s (
        scan_id, identity, verdict, reason, order_id, parcel, account, carrier, tracking_number, status, sub_status, leg,
        scanned_at, received_at, time_quality, raw_code, raw_text, place, signed, attempt_no, estimated_at
    )
    ON CONFLICT (scan_id) DO UPDATE
    SET identity = excluded.identity, verdict = excluded.verdict, reason = excluded.reason, order_id = excluded.order_id,
        parcel = excluded.parcel, carrier = excluded.carrier, tracking_number = excluded.tracking_number,
        status = excluded.status, sub_status = excluded.sub_status, leg = excluded.leg, scanned_at = excluded.scanned_at,
        time_quality = excluded.time_quality, raw_code = excluded.raw_code, raw_text = excluded.raw_text,
        place = excluded.place, signed = excluded.signed, attempt_no = excluded.attempt_no,
        estimated_at = excluded.estimated_at
    WHERE scans.status IS NULL
    RETURNING scan_id, account, received_at, order_id
)
SELECT k.scan_id, k.account, k.received_at, k.order_id FROM kept AS k JOIN orders AS o ON o.id = k.order_id
WHERE o.erased_at IS NOT NULL;

-- name: judge_again
-- Gives kept records another verdict.
UPDATE scans AS s SET verdict = v.verdict, reason = v.reason, order_id = v.order_id, parcel = v.parcel
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[]) AS v (scan_id, verdict, reason, order_id, parcel)
WHERE s.scan_id = v.scan_id;

-- name: kept_for_numbers
-- Records that no order had, or that another carrier told, for numbers that a parcel now has.
SELECT scan_id, identity, verdict, reason, order_id, parcel, account, carrier, tracking_number, status, sub_status, leg,
    scanned_at, received_at, time_quality, signed, attempt_no, raw_code, raw_text, place, estimated_at
FROM scans
WHERE tracking_number = ANY ($1::text[])
    AND (verdict = 'unmatched' OR (verdict = 'refused' AND reason = 'mix_up'));

-- name: applied_to_others
-- Records of numbers that are evidence of some orders' parcels already.
SELECT scan_id, identity, verdict, reason, order_id, parcel, account, carrier, tracking_number, status, sub_status, leg,
    scanned_at, received_at, time_quality, signed, attempt_no, raw_code, raw_text, place, estimated_at
FROM scans
WHERE verdict = 'applied' AND order_id = ANY ($1::uuid[]) AND tracking_number = ANY ($2::text[]);

-- name: share_scans
-- Says that records are evidence of further parcels too.
INSERT INTO scan_shares (scan_id, order_id, parcel) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[])
ON CONFLICT DO NOTHING;

-- name: shares_of
-- The further parcels that records are evidence of.
SELECT scan_id, order_id, parcel FROM scan_shares WHERE scan_id = ANY ($1::uuid[]);

-- name: books
-- How many records are in each bucket; the sum is what was accepted.
SELECT verdict, count(*) AS records FROM scans GROUP BY verdict;

-- name: count_records
-- Counts records that are kept for the first time; holds the row, so that levels are compared one batch at a time.
UPDATE feed SET records = records + $1 RETURNING records;

-- name: keep_watermarks
-- Keeps levels until enough records have been counted for them.
INSERT INTO watermarks (records, through) SELECT * FROM unnest($1::bigint[], $2::timestamptz[]) ON CONFLICT DO NOTHING;

-- name: raise_level
-- Relies on the furthest watermark whose records have all been counted.
UPDATE feed SET through = greatest(
    through, coalesce((SELECT max(w.through) FROM watermarks AS w WHERE w.records <= feed.records), 'epoch')
)
RETURNING through;

-- name: drop_watermarks
-- Forgets the watermarks that are relied on, or overtaken.
DELETE FROM watermarks WHERE through <= $1;

-- name: keep_proposals
-- Keeps deadlines until they may be judged.
INSERT INTO proposals (event_id, order_id, due_at, body)
SELECT event_id, order_id, due_at, body::jsonb
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[]) AS p (event_id, order_id, due_at, body)
ON CONFLICT DO NOTHING;

-- name: take_proposals
-- Takes the deadlines that every push accepted before them has been judged for, in the order they were due.
DELETE FROM proposals WHERE event_id IN (
    SELECT event_id FROM proposals WHERE due_at <= (SELECT through FROM feed)
    ORDER BY due_at, event_id LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING due_at, event_id, body;

-- name: due_proposals
-- The same deadlines, only to look at.
SELECT event_id FROM proposals WHERE due_at <= (SELECT through FROM feed) ORDER BY due_at, event_id LIMIT $1;

-- name: take_proposal
-- Takes one deadline.
DELETE FROM proposals WHERE event_id = $1 RETURNING due_at, event_id, body;

-- name: put_proposal_aside
-- Moves a deadline that could not be judged to the quarantine; the inbox forgets it, so that it can be replayed.
WITH aside AS (
    DELETE FROM proposals WHERE event_id = $1 RETURNING event_id, body
), forgotten AS (
    DELETE FROM inbox WHERE event_id = $1
)
INSERT INTO quarantine (stream, sequence, subject, event_id, body, reason)
SELECT 'DEADLINES', 0, 'deadlines.v1.' || (body ->> 'kind'), event_id, convert_to(body::text, 'UTF8'), $2 FROM aside
ON CONFLICT DO NOTHING;

-- name: count_proposals
-- How many deadlines wait to be judged.
SELECT count(*) FROM proposals;

-- name: unheard_parcels
-- How many parcels of active orders were handed to each carrier before $1 without a scan since.
SELECT b.carrier, b.account, count(*) AS parcels
FROM (SELECT DISTINCT order_id FROM claimed_numbers) AS active
JOIN parcels AS p USING (order_id)
JOIN bindings AS b ON b.order_id = p.order_id AND b.parcel = p.number AND b.valid_to IS NULL
WHERE p.leg = 'outbound' AND p.step = 'handed_over'
    AND (p.state ->> 'handed_over_at')::timestamptz < $1
    AND p.state ->> 'first_physical_at' IS NULL AND p.state ->> 'closed_at' IS NULL
GROUP BY b.carrier, b.account
ORDER BY b.carrier, b.account;
