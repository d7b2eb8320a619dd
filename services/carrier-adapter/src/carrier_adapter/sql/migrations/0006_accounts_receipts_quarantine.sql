-- How an account's sender is answered; null: as senders of its format usually are.
ALTER TABLE accounts ADD COLUMN answer text;

-- The shops whose own 3PL it is; null: the whole marketplace's. And whether `orders` was told of the account as it is.
ALTER TABLE accounts ADD COLUMN shops uuid[], ADD COLUMN told boolean NOT NULL DEFAULT false;

ALTER TABLE account_keys ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX account_keys_of ON account_keys (account);

-- How many records a push holds, where that is not one: single scans, the most there are, cost no row.
CREATE TABLE readings (
    push_id uuid PRIMARY KEY REFERENCES pushes,
    records int NOT NULL CHECK (records >= 0),
    replayed_whole boolean NOT NULL DEFAULT false  -- its first record has the id that the unparsable push had
);

-- When the first verdict on a record came: they are kept as long as receipts are.
ALTER TABLE verdicts ADD COLUMN judged_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX verdicts_age ON verdicts USING brin (judged_at);

-- What became of what could not be understood. What is settled stays on record.
ALTER TABLE unreadable
    ADD COLUMN settled text CHECK (settled IN ('replayed', 'discarded')),
    ADD COLUMN settled_at timestamptz,
    ADD COLUMN settled_by text,
    ADD COLUMN settled_why text;
CREATE INDEX unreadable_waiting ON unreadable (account, reason, raw_code) WHERE settled IS NULL;
