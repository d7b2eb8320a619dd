-- Who was told what, when, by which channel, and with what outcome, as `notifier` says it. No key to orders: what was
-- told stays on record.
CREATE TABLE messages_told (
    message_id uuid PRIMARY KEY,
    order_id uuid,
    shop_id uuid NOT NULL,
    recipient text NOT NULL CHECK (recipient IN ('buyer', 'seller')),
    kinds text[] NOT NULL,
    channel text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('sent', 'stale', 'no_address', 'given_up')),
    at timestamptz NOT NULL
);
COMMENT ON COLUMN messages_told.order_id IS 'null for a digest of many orders';
CREATE INDEX messages_told_of_order ON messages_told (order_id, at, message_id);

-- One-time codes that prove to whoever looks at an order that they read its buyer's mail. Only hashes of codes are kept.
CREATE TABLE one_time_codes (
    challenge_id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    digests bytea[] NOT NULL DEFAULT '{}',
    tries int NOT NULL DEFAULT 0,
    proven_at timestamptz
);
COMMENT ON COLUMN one_time_codes.digests IS 'of the last codes that were sent: a mail may come twice, with a code each';
COMMENT ON COLUMN one_time_codes.tries IS 'wrong ones';
CREATE INDEX one_time_codes_of_order ON one_time_codes (order_id, asked_at);
CREATE INDEX one_time_codes_age ON one_time_codes (asked_at);

SELECT wall_off('messages_told', 'shop_id');
SELECT wall_off_by_order('one_time_codes');
