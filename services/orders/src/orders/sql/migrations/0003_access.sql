-- Who may come in, and the wall between shops.

-- Keys: several of a shop at a time, each with a name, and with scopes for what it may do.
ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_pkey,
    ADD UNIQUE (digest),
    ADD COLUMN id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    ADD COLUMN name text NOT NULL DEFAULT 'First key',
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{read,write,admin}'
        CHECK (scopes <@ '{read,write,admin}' AND cardinality(scopes) > 0),
    ADD COLUMN prefix text NOT NULL DEFAULT 'wb_',
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN revoked_by text;
ALTER TABLE api_keys
    ALTER COLUMN id DROP DEFAULT,
    ALTER COLUMN name DROP DEFAULT,
    ALTER COLUMN scopes DROP DEFAULT,
    ALTER COLUMN prefix DROP DEFAULT;
CREATE INDEX api_keys_of_shop ON api_keys (shop_id, created_at);

-- People: a seller belongs to a shop, an operator to none.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text NOT NULL,
    password_hash text NOT NULL,
    one_time boolean NOT NULL, -- The password was given to the user, who must choose another one first.
    role text NOT NULL CHECK (role IN ('seller', 'operator')),
    shop_id uuid REFERENCES shops,
    is_admin boolean NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    disabled_by text,
    CHECK ((role = 'seller') = (shop_id IS NOT NULL)),
    CHECK (role = 'seller' OR NOT is_admin)
);
CREATE INDEX users_of_shop ON users (shop_id, created_at);

-- Who is logged in: of a token only the digest is kept.
CREATE TABLE sessions (
    digest bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    revoked_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_age ON sessions (created_at);

-- Tries to log in that were not seen to succeed, by the digest of the account that was named and of the address.
CREATE TABLE login_tries (
    who bytea PRIMARY KEY,
    failures int NOT NULL,
    last_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX login_tries_by_age ON login_tries (last_at);

-- The second wall. A transaction that is opened for a shop says so in the setting `waybill.shop`, and then sees, adds
-- and changes the rows of that shop alone, whatever its queries say. One that says nothing (the feed, the deadlines, the
-- messages, which work for all shops at once) sees all. A superuser and a role with BYPASSRLS see through it.
CREATE FUNCTION walled_shop() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('waybill.shop', true), '')::uuid;

-- Walls a table off whose column names the shop. Both calls of `walled_shop` are evaluated once for a query, not for a row.
CREATE FUNCTION wall_off(walled regclass, shop_column name) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format(
        'CREATE POLICY shop_wall ON %s USING ((SELECT walled_shop()) IS NULL OR %I = (SELECT walled_shop()))',
        walled, shop_column
    );
END $$;

-- Walls a table off whose column names a row (by its `id`) of a table that has its wall already.
CREATE FUNCTION wall_off_through(walled regclass, key_column name, parent regclass) RETURNS void
LANGUAGE plpgsql AS $$ BEGIN
    IF NOT (SELECT relforcerowsecurity FROM pg_class WHERE oid = parent) THEN
        RAISE EXCEPTION '% has no wall: wall it off first', parent;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', walled);
    -- One row is looked up for each row; EXISTS could become a hash of all that the shop has.
    EXECUTE format(
        'CREATE POLICY shop_wall ON %1$s USING ((SELECT walled_shop()) IS NULL'
        ' OR (SELECT parent.id FROM %3$s AS parent WHERE parent.id = %1$s.%2$I) IS NOT NULL)',
        walled, key_column, parent
    );
END $$;

-- Walls a table off whose column `order_id` names an order.
CREATE FUNCTION wall_off_by_order(walled regclass) RETURNS void LANGUAGE sql
RETURN wall_off_through(walled, 'order_id', 'orders');

SELECT wall_off('shops', 'id');
SELECT wall_off(walled, 'shop_id')
FROM unnest('{api_keys,policies,orders,idempotency_keys,users}'::regclass[]) AS walled;
SELECT wall_off_by_order(walled)
FROM unnest('{buyers,parcels,bindings,scans,proposals,history,refunds,tracking_links}'::regclass[]) AS walled;
SELECT wall_off_through('sessions', 'user_id', 'users');
