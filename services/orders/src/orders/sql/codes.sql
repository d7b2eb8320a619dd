-- name: lock_order_for_code
-- Holds an order while the codes that were asked for it are counted; gives its shop.
SELECT shop_id FROM orders WHERE id = $1 FOR NO KEY UPDATE;

-- name: codes_asked_since
-- When codes were asked for an order since an instant, the oldest first.
SELECT asked_at FROM one_time_codes WHERE order_id = $1 AND asked_at > $2 ORDER BY asked_at;

-- name: insert_challenge
-- Keeps the wish for a code.
INSERT INTO one_time_codes (challenge_id, order_id, asked_at, expires_at) VALUES ($1, $2, $3, $4);

-- name: lock_open_challenges
-- Those of these wishes that a code can still prove, held until it is kept.
SELECT challenge_id FROM one_time_codes
WHERE challenge_id = ANY ($1::uuid[]) AND expires_at > $2 AND proven_at IS NULL AND tries < $3
ORDER BY challenge_id FOR UPDATE;

-- name: keep_code
-- Keeps the hash of a new code, and those of the two before it.
UPDATE one_time_codes SET digests = (digests || $2::bytea)[greatest(1, cardinality(digests) - 1):]
WHERE challenge_id = $1;

-- name: lock_challenge
-- A wish that a code is tried for, held so that a hundred tries at once are a hundred tries.
SELECT order_id, digests FROM one_time_codes
WHERE challenge_id = $1 AND expires_at > $2 AND proven_at IS NULL AND tries < $3 FOR UPDATE;

-- name: count_wrong_try
-- Counts a wrong code.
UPDATE one_time_codes SET tries = tries + 1 WHERE challenge_id = $1;

-- name: prove_challenge
-- Its code was given; it proves nothing again.
UPDATE one_time_codes SET proven_at = $2 WHERE challenge_id = $1;

-- name: forget_codes
-- Drops wishes of long ago.
DELETE FROM one_time_codes WHERE asked_at < $1;
