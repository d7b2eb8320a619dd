-- The newest version of each order that was heard of; older ones are ignored.
CREATE TABLE orders (
    order_id uuid PRIMARY KEY,
    shop_id uuid NOT NULL,
    version int NOT NULL
);

-- The ledger: what is ahead of each order, and what was proposed. Parcel 0 is the order itself.
CREATE TABLE deadlines (
    order_id uuid NOT NULL,
    parcel int NOT NULL,
    kind text NOT NULL,
    epoch int NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'proposed', 'cleared')),
    due_at timestamptz NOT NULL,
    rests_on jsonb NOT NULL,
    shop_id uuid NOT NULL,
    policy_version int NOT NULL,
    order_version int NOT NULL,
    PRIMARY KEY (order_id, parcel, kind)
);
CREATE INDEX deadlines_due ON deadlines (due_at) WHERE state = 'pending';

-- Each deadline that was ever proposed, once.
CREATE TABLE proposed (
    order_id uuid NOT NULL,
    parcel int NOT NULL,
    kind text NOT NULL,
    epoch int NOT NULL,
    due_at timestamptz NOT NULL,
    proposed_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, parcel, kind, epoch)
);

-- Orders without a tracking update, and the first local day on which their shop is reminded of them (D6).
CREATE TABLE reminders (
    order_id uuid PRIMARY KEY,
    shop_id uuid NOT NULL,
    placed_at timestamptz NOT NULL,
    from_day date NOT NULL
);
CREATE INDEX reminders_of_shop ON reminders (shop_id, placed_at, order_id);

-- The next digest of each shop: the first local day that it was not given for, and when it is due. The row stays when
-- there is nothing to be reminded of, so that no day is ever given twice. Hour and zone are the newest policy's.
CREATE TABLE digests (
    shop_id uuid PRIMARY KEY,
    policy_version int NOT NULL,
    zone text NOT NULL,
    reminder_at time NOT NULL,
    due_at timestamptz NOT NULL,
    local_date date NOT NULL
);
CREATE INDEX digests_due ON digests (due_at);
