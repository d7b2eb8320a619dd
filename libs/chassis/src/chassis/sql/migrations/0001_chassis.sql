-- What every service's database holds beside its own tables.

-- Events that were acted on; a second arrival finds its row here and does nothing.
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_age ON inbox USING brin (received_at);

-- Everything this service ever said, for 45 days: every stream can be rebuilt from it.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    about text NOT NULL,
    subject text NOT NULL,
    body bytea NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_age ON outbox USING brin (recorded_at);

-- What of the outbox the broker has not confirmed yet. Apart, so that publishing rewrites no large row.
CREATE TABLE outbox_waiting (
    id bigint PRIMARY KEY
);

-- How often one event failed alone; counted here because a broker's own count can go backwards.
CREATE TABLE attempts (
    event_id uuid PRIMARY KEY,
    failures int NOT NULL,
    last_reason text NOT NULL,
    last_failed_at timestamptz NOT NULL DEFAULT now()
);

-- Messages that could not be handled, with all it takes to handle them later.
CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text NOT NULL,
    sequence bigint NOT NULL,
    subject text NOT NULL,
    event_id uuid,
    body bytea NOT NULL,
    reason text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'replay', 'replayed', 'discarded')),
    note text,
    seen_at timestamptz NOT NULL DEFAULT now(),
    digest bytea GENERATED ALWAYS AS (sha256(body)) STORED,
    UNIQUE (stream, sequence, subject, digest)
);
CREATE INDEX quarantine_replay ON quarantine (id) WHERE state = 'replay';
