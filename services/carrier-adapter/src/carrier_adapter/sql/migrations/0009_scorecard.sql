-- How long an account may say nothing before its feed counts as silent.
ALTER TABLE accounts ADD COLUMN silent_after interval NOT NULL DEFAULT '24 hours' CHECK (silent_after >= '1 hour');

-- Counts of each account and UTC day. What is counted is said in docs/scorecard.md.
CREATE TABLE scorecard (
    account text NOT NULL,
    day date NOT NULL,
    what text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (account, day, what)
);

-- Whether each account's feed is alive, and what was told of it.
CREATE TABLE feed_health (
    account text PRIMARY KEY,
    last_push_at timestamptz,
    first_rejection_at timestamptz,
    rejections bigint NOT NULL DEFAULT 0,
    reasons jsonb NOT NULL DEFAULT '{}',
    alarmed text
);
