-- Ids of signed messages of late, so that one id with two contents is seen. A signature is good for five minutes only.
CREATE TABLE message_ids (
    account text NOT NULL,
    message_id text NOT NULL,
    digest bytea NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, message_id)
);
CREATE INDEX message_ids_age ON message_ids USING brin (seen_at);

-- Pushes whose id had come with another content: for a person to look at, never read.
CREATE TABLE contradictions (
    push_id uuid PRIMARY KEY REFERENCES pushes
);
