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

-- Orders that their shop is reminded of, and when next.
CREATE TABLE reminders (
    order_id uuid PRIMARY KEY,
    shop_id uuid NOT NULL,
    placed_at timestamptz NOT NULL,
    policy jsonb NOT NULL,
    due_at timestamptz NOT NULL,
    local_date date NOT NULL
);
CREATE INDEX reminders_due ON reminders (due_at);
