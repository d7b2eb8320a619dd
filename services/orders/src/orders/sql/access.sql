-- name: insert_key
-- Adds an API key of a shop, by its digest.
INSERT INTO api_keys (id, digest, shop_id, name, scopes, prefix, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: caller_of_key
-- The shop that a key opens, and what the key may do there.
SELECT k.id, k.shop_id, k.name, k.scopes, k.last_used_at FROM api_keys AS k JOIN shops AS s ON s.id = k.shop_id
WHERE k.digest = $1 AND k.revoked_at IS NULL;

-- name: key_was_used
-- Notes when a key was last used; what another request has noted since the second time is exact enough.
UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3);

-- name: list_keys
-- The keys of a shop, oldest first, revoked ones too.
SELECT id, name, scopes, prefix, created_at, last_used_at, revoked_at, revoked_by FROM api_keys
WHERE shop_id = $1 ORDER BY created_at, id;

-- name: lock_keys
-- Holds the keys of a shop that open something, so that two revocations cannot take the last two.
SELECT id, scopes FROM api_keys WHERE shop_id = $1 AND revoked_at IS NULL ORDER BY id FOR UPDATE;

-- name: revoke_key
-- Ends a key.
UPDATE api_keys SET revoked_at = $3, revoked_by = $4 WHERE shop_id = $1 AND id = $2 AND revoked_at IS NULL;

-- name: find_key
-- A key of a shop, as the list shows it.
SELECT id, name, scopes, prefix, created_at, last_used_at, revoked_at, revoked_by FROM api_keys
WHERE shop_id = $1 AND id = $2;

-- name: insert_user
-- Adds a user, unless the e-mail is somebody's.
INSERT INTO users (id, email, name, password_hash, one_time, role, shop_id, is_admin, created_at)
VALUES ($1, lower($2), $3, $4, true, $5, $6, $7, $8)
ON CONFLICT (email) DO NOTHING
RETURNING id, email, name, role, is_admin, created_at, disabled_at;

-- name: list_users
-- The users of a shop, oldest first.
SELECT id, email, name, role, is_admin, created_at, disabled_at FROM users WHERE shop_id = $1 ORDER BY created_at, id;

-- name: disable_user
-- Lets a user of a shop in no more; gives the user.
UPDATE users SET disabled_at = coalesce(disabled_at, $3), disabled_by = coalesce(disabled_by, $4)
WHERE shop_id = $1 AND id = $2
RETURNING id, email, name, role, is_admin, created_at, disabled_at;

-- name: disable_by_email
-- Lets a user in no more.
UPDATE users SET disabled_at = coalesce(disabled_at, $2), disabled_by = coalesce(disabled_by, $3)
WHERE email = lower($1)
RETURNING id;

-- name: user_by_email
-- Whoever logs in with this e-mail.
SELECT id, password_hash FROM users WHERE email = lower($1) AND disabled_at IS NULL;

-- name: password_of
-- The password of a user, held until it is changed.
SELECT password_hash FROM users WHERE id = $1 AND disabled_at IS NULL FOR UPDATE;

-- name: hash_again
-- Keeps a stronger hash of the same password, unless the password has changed since.
UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2;

-- name: set_password
-- Gives a user another password.
UPDATE users SET password_hash = $2, one_time = $3 WHERE id = $1;

-- name: insert_session
-- Opens a session, by the digest of its token.
INSERT INTO sessions (digest, user_id, created_at, last_seen_at) VALUES ($1, $2, $3, $3);

-- name: caller_of_session
-- Whose session a token opens: none that was quiet since $2, or was opened before $3.
SELECT e.created_at, e.last_seen_at, u.id, u.email, u.name, u.role, u.shop_id, u.is_admin, u.one_time
FROM sessions AS e JOIN users AS u ON u.id = e.user_id LEFT JOIN shops AS s ON s.id = u.shop_id
WHERE e.digest = $1 AND e.revoked_at IS NULL AND e.last_seen_at > $2 AND e.created_at > $3 AND u.disabled_at IS NULL;

-- name: session_was_seen
-- Notes when a session was last used.
UPDATE sessions SET last_seen_at = $2 WHERE digest = $1 AND last_seen_at <= $3;

-- name: revoke_session
-- Ends a session.
UPDATE sessions SET revoked_at = $2 WHERE digest = $1 AND revoked_at IS NULL;

-- name: revoke_sessions
-- Ends the sessions of a user, but for one.
UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL AND digest <> $3;

-- name: forget_sessions
-- Drops sessions that can be used no more.
DELETE FROM sessions WHERE created_at < $1;

-- name: meet_tries
-- Makes rows for who tries to log in for the first time.
INSERT INTO login_tries (who, failures, last_at) SELECT who, 0, $2 FROM unnest($1::bytea[]) AS who
ON CONFLICT DO NOTHING;

-- name: lock_tries
-- Holds the counts of who tries to log in, so that a hundred tries at once are a hundred tries.
SELECT who, failures, last_at FROM login_tries WHERE who = ANY ($1::bytea[]) ORDER BY who FOR UPDATE;

-- name: count_tries
-- Counts a try as a failure, before it is known to be one.
UPDATE login_tries AS t SET failures = c.failures, last_at = $3
FROM unnest($1::bytea[], $2::int[]) AS c (who, failures) WHERE t.who = c.who;

-- name: try_succeeded
-- Takes the account's failures back, and of the address's the one that was none.
UPDATE login_tries SET failures = CASE WHEN who = $1 THEN 0 ELSE greatest(failures - 1, 0) END
WHERE who IN ($1, $2);

-- name: forget_tries
-- Drops what is no longer held against anybody.
DELETE FROM login_tries WHERE last_at < $1;

-- name: stand_behind_the_wall
-- Until the transaction ends, only the rows of one shop are there; '' takes that back.
SELECT set_config('waybill.shop', $1, true);

-- name: sees_through_walls
-- Does this role pass row-level security by?
SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user;
