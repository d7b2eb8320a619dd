-- name: records
-- How many records of the feed `orders` has judged.
SELECT records FROM feed;

-- name: said
-- How many changes of orders `orders` has said.
SELECT count(*) FROM outbox WHERE subject = 'orders.v1.changed';

-- name: heard
-- How many events a reader has dealt with.
SELECT count(*) FROM inbox;

-- name: judged
-- The records of the copies by verdict.
SELECT verdict, count(*) AS records FROM scans WHERE tracking_number LIKE $1 GROUP BY verdict;

-- name: standing
-- The copies by status.
SELECT status, count(*) AS orders FROM orders WHERE number LIKE $1 GROUP BY status;

-- name: put_one_in_outbox
-- The naive variant's outbox: one event at a time.
WITH put AS (INSERT INTO outbox (event_id, about, subject, body) VALUES ($1, $2, $3, $4) RETURNING id)
INSERT INTO outbox_waiting SELECT id FROM put RETURNING id;

-- name: pushes
-- How many pushes the adapter has committed.
SELECT count(*) FROM pushes;
