-- Carrier accounts: whose feed it is, in which format, and how it is signed.
CREATE TABLE accounts (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    endpoint text NOT NULL UNIQUE,
    carrier text NOT NULL,
    format text NOT NULL,
    scheme text NOT NULL,
    zone text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL
);

-- An account's keys; several may be active while one is exchanged for another. Encrypted.
CREATE TABLE account_keys (
    id uuid PRIMARY KEY,
    account text NOT NULL REFERENCES accounts,
    sealed bytea NOT NULL,
    not_before timestamptz NOT NULL DEFAULT now(),
    not_after timestamptz
);

-- Every push that was answered with success, as it came. Bodies are encrypted, and dropped after 30 days.
CREATE TABLE pushes (
    id uuid PRIMARY KEY,
    place bigint GENERATED ALWAYS AS IDENTITY,
    account text NOT NULL REFERENCES accounts,
    received_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    first_id uuid NOT NULL,
    sealed bytea
);
CREATE INDEX pushes_by_digest ON pushes (digest);
CREATE INDEX pushes_age ON pushes USING brin (received_at);

-- Pushes that nobody has read yet. Apart, so that reading one rewrites no large row.
CREATE TABLE unread (
    place bigint PRIMARY KEY,
    push_id uuid NOT NULL REFERENCES pushes
);

-- What could not be understood, for a person to look at.
CREATE TABLE unreadable (
    scan_id uuid PRIMARY KEY,
    push_id uuid NOT NULL REFERENCES pushes,
    record int NOT NULL,
    account text NOT NULL,
    reason text NOT NULL,
    raw_code text,
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- The latest verdict on each record, as `orders` gave it.
CREATE TABLE verdicts (
    scan_id uuid PRIMARY KEY,
    verdict text NOT NULL,
    reason text
);

-- How many records have been put out, ever.
CREATE TABLE feed (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    records bigint NOT NULL DEFAULT 0
);
INSERT INTO feed DEFAULT VALUES;
