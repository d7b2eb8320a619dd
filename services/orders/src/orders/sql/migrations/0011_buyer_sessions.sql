-- Who has proven to read the mail of an address: of a token only the digest is kept.
CREATE TABLE buyer_sessions (
    digest bytea PRIMARY KEY,
    email text NOT NULL CHECK (email = lower(email)),
    expires_at timestamptz NOT NULL
);
CREATE INDEX buyer_sessions_by_age ON buyer_sessions (expires_at);
CREATE INDEX buyer_sessions_by_email ON buyer_sessions (email);

-- All orders of a buyer at this marketplace (R16). A column, because row-level security keeps an index on an expression
-- from being used.
ALTER TABLE buyers ADD COLUMN email_key text NOT NULL GENERATED ALWAYS AS (lower(email)) STORED;
CREATE INDEX buyers_by_email ON buyers (email_key);
