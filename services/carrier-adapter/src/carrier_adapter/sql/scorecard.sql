-- name: add_to_scorecard
-- Adds counts to the days that they belong to.
INSERT INTO scorecard (account, day, what, count)
SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::bigint[]) WHERE true
ON CONFLICT (account, day, what) DO UPDATE SET count = scorecard.count + excluded.count;

-- name: set_on_scorecard
-- Sets counts that are levels, not sums.
INSERT INTO scorecard (account, day, what, count)
SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::bigint[]) WHERE true
ON CONFLICT (account, day, what) DO UPDATE SET count = excluded.count;

-- name: heard_from
-- These accounts have pushed: whatever was rejected before is over.
INSERT INTO feed_health (account, last_push_at)
SELECT * FROM unnest($1::text[], $2::timestamptz[]) WHERE true
ON CONFLICT (account) DO UPDATE SET
    last_push_at = greatest(feed_health.last_push_at, excluded.last_push_at),
    first_rejection_at = NULL, rejections = 0, reasons = '{}';

-- name: rejected_from
-- Pushes to these accounts' endpoints were rejected.
INSERT INTO feed_health (account, first_rejection_at, rejections, reasons)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::jsonb[]) WHERE true
ON CONFLICT (account) DO UPDATE SET
    first_rejection_at = coalesce(feed_health.first_rejection_at, excluded.first_rejection_at),
    rejections = feed_health.rejections + excluded.rejections,
    reasons = feed_health.reasons || (
        SELECT coalesce(jsonb_object_agg(key, value::bigint + coalesce((feed_health.reasons ->> key)::bigint, 0)), '{}')
        FROM jsonb_each_text(excluded.reasons)
    );

-- name: lock_feed_health
-- How each enabled account's feed does; held until commit, so that each alarm is said once.
SELECT a.name, a.carrier, a.silent_after, h.last_push_at, h.first_rejection_at, h.rejections, h.reasons, h.alarmed
FROM feed_health AS h JOIN accounts AS a ON a.name = h.account
WHERE a.enabled
ORDER BY a.name
FOR UPDATE OF h;

-- name: set_alarmed
-- What was told of a feed last; null once it is over.
UPDATE feed_health SET alarmed = $2 WHERE account = $1;

-- name: read_scorecard
-- The counts of some days, of one account or of all.
SELECT s.account, a.carrier, s.day, jsonb_object_agg(s.what, s.count) AS counts
FROM scorecard AS s JOIN accounts AS a ON a.name = s.account
WHERE s.day BETWEEN $1 AND $2 AND ($3::text IS NULL OR s.account = $3)
GROUP BY s.account, a.carrier, s.day
ORDER BY s.day, s.account;

-- name: forget_scorecard
-- Lets go of old days.
DELETE FROM scorecard WHERE day < $1;
