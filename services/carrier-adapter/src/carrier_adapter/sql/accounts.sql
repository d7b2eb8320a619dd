-- name: insert_account
-- Adds a carrier account.
INSERT INTO accounts (name, endpoint, carrier, format, scheme, zone, answer, created_at, shops, silent_after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: hold_account
-- How an account's pushes are signed, and the time that keys go by; its keys do not change until commit.
SELECT scheme, now() AS now FROM accounts WHERE name = $1 FOR UPDATE;

-- name: insert_key
-- Adds a key of an account.
INSERT INTO account_keys (id, account, sealed, not_before, not_after)
VALUES ($1, $2, $3, coalesce($4, now()), $5);

-- name: end_older_keys
-- Lets an account's other keys end at an instant, those that would go on for longer.
UPDATE account_keys SET not_after = $3 WHERE account = $1 AND id <> $2 AND (not_after IS NULL OR not_after > $3);

-- name: count_keys
-- How many keys of an account work, or will.
SELECT count(*) FROM account_keys WHERE account = $1 AND (not_after IS NULL OR not_after > now());

-- name: key_works
-- Does a key of an account work now? No row: there is no such key.
SELECT not_before <= now() AND (not_after IS NULL OR not_after > now()) FROM account_keys
WHERE account = $1 AND id = $2;

-- name: other_working_keys
-- How many keys of an account work now, besides one.
SELECT count(*) FROM account_keys
WHERE account = $1 AND id <> $2 AND not_before <= now() AND (not_after IS NULL OR not_after > now());

-- name: retire_key
-- Ends a key, unless it has ended already.
UPDATE account_keys SET not_after = now() WHERE account = $1 AND id = $2 AND (not_after IS NULL OR not_after > now());

-- name: set_enabled
-- Has an account's pushes taken, or refused, from now on.
UPDATE accounts SET enabled = $2, told = false WHERE name = $1 RETURNING name;

-- name: link_shops
-- Has an account be the 3PL of some shops, or of the whole marketplace.
UPDATE accounts SET shops = $2, told = false WHERE name = $1 RETURNING name;

-- name: take_untold
-- The accounts that `orders` is to be told of; they are told with this transaction.
UPDATE accounts SET told = true WHERE NOT told RETURNING name, carrier, enabled, shops;

-- name: count_untold
-- Is there an account that `orders` is to be told of?
SELECT count(*) FROM accounts WHERE NOT told;

-- name: list_accounts
-- Every account, or one, with its keys.
SELECT a.name, a.endpoint, a.carrier, a.format, a.scheme, a.zone, a.answer, a.enabled, a.created_at, a.shops,
    extract(epoch FROM a.silent_after)::int / 3600 AS silent_after_hours,
    coalesce(
        (
            SELECT jsonb_agg(
                jsonb_build_object(
                    'id', k.id, 'not_before', k.not_before, 'not_after', k.not_after,
                    'active', k.not_before <= now() AND (k.not_after IS NULL OR k.not_after > now())
                )
                ORDER BY k.not_before, k.id
            )
            FROM account_keys AS k WHERE k.account = a.name
        ),
        '[]'
    ) AS keys
FROM accounts AS a WHERE $1::text IS NULL OR a.name = $1 ORDER BY a.name;

-- name: enabled_accounts
-- The accounts whose pushes are taken, with their active keys.
SELECT a.name, a.endpoint, a.carrier, a.format, a.scheme, a.zone, a.answer,
    array_agg(k.id) AS key_ids, array_agg(k.sealed) AS keys
FROM accounts AS a JOIN account_keys AS k ON k.account = a.name
WHERE a.enabled AND k.not_before <= now() AND (k.not_after IS NULL OR k.not_after > now())
GROUP BY a.name;

-- name: any_sealed_key
-- A key that was encrypted, to try the sealing key on.
SELECT id, sealed FROM account_keys LIMIT 1;
