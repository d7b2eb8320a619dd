-- Who was told what, when, and with what outcome. No address, and no text: template, version, language and the values of
-- the parts write it again.
CREATE TABLE messages (
    id uuid PRIMARY KEY,
    place bigint GENERATED ALWAYS AS IDENTITY,
    order_id uuid,
    shop_id uuid NOT NULL,
    recipient text NOT NULL CHECK (recipient IN ('buyer', 'seller')),
    channel text NOT NULL DEFAULT 'email',
    kinds text[] NOT NULL,
    facts text[] NOT NULL,
    parts jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dropped', 'failed')),
    not_before timestamptz NOT NULL,
    tries int NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    outcome text,
    settled_at timestamptz,
    told text[],
    templates_version int,
    language text
);
COMMENT ON COLUMN messages.told IS 'the facts that were still true when it was sent; the others were left out';
COMMENT ON COLUMN messages.templates_version IS 'what it was written with when it was sent';
CREATE INDEX messages_waiting ON messages (not_before, place) WHERE state = 'waiting';
CREATE INDEX messages_of_order ON messages (order_id, recipient, place);
CREATE INDEX messages_failed ON messages (settled_at) WHERE state = 'failed';
CREATE INDEX digests_of_shop ON messages (shop_id, place) WHERE order_id IS NULL;
