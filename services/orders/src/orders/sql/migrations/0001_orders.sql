-- Shops, their keys and their policies.

CREATE TABLE shops (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    zone text NOT NULL,
    locale text NOT NULL DEFAULT 'en',
    payment_url text,
    payment_secret text,
    created_at timestamptz NOT NULL
);

CREATE TABLE api_keys (
    digest bytea PRIMARY KEY,
    shop_id uuid NOT NULL REFERENCES shops,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE policies (
    shop_id uuid NOT NULL REFERENCES shops,
    version int NOT NULL CHECK (version > 0),
    terms jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, version)
);

-- Orders, and what belongs to each.

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    shop_id uuid NOT NULL REFERENCES shops,
    number text NOT NULL,
    version int NOT NULL CHECK (version > 0),
    status text NOT NULL
        CHECK (status IN ('placed', 'confirmed', 'processed', 'shipped', 'delivered', 'cancelled', 'returned')),
    commanded text NOT NULL CHECK (commanded IN ('placed', 'confirmed', 'processed', 'shipped')),
    badge text,
    fulfilment text NOT NULL CHECK (fulfilment IN ('ship_by_seller', 'ship_by_tiktok')),
    handover text,
    service text,
    payment text NOT NULL CHECK (payment IN ('card', 'wallet', 'cash_on_delivery')),
    currency text NOT NULL,
    total numeric NOT NULL CHECK (total >= 0),
    prepaid numeric NOT NULL CHECK (prepaid >= 0),
    collected numeric NOT NULL CHECK (collected >= 0),
    shipping_fee numeric NOT NULL,
    discount numeric NOT NULL,
    placed_at timestamptz NOT NULL,
    promised_at timestamptz,
    shipped_at timestamptz,
    cancelled_at timestamptz,
    policy_version int NOT NULL,
    lines jsonb NOT NULL,
    told jsonb NOT NULL,
    UNIQUE (shop_id, number),
    FOREIGN KEY (shop_id, policy_version) REFERENCES policies,
    CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX orders_by_time ON orders (shop_id, placed_at DESC, id DESC);

-- The only table with a buyer's data.
CREATE TABLE buyers (
    order_id uuid PRIMARY KEY REFERENCES orders,
    name text NOT NULL,
    email text NOT NULL,
    phone text,
    locale text NOT NULL,
    zone text NOT NULL,
    address jsonb NOT NULL
);

CREATE TABLE parcels (
    order_id uuid NOT NULL REFERENCES orders,
    number int NOT NULL CHECK (number > 0),
    lines jsonb NOT NULL,
    state jsonb NOT NULL,
    marks jsonb NOT NULL,
    handed_over_at timestamptz,
    PRIMARY KEY (order_id, number)
) WITH (fillfactor = 70);

CREATE TABLE bindings (
    order_id uuid NOT NULL,
    parcel int NOT NULL,
    carrier text NOT NULL,
    tracking_number text NOT NULL,
    account text,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    FOREIGN KEY (order_id, parcel) REFERENCES parcels,
    UNIQUE (order_id, parcel, carrier, tracking_number, valid_from)
);
CREATE INDEX bindings_by_number ON bindings (tracking_number);

-- Two active orders never claim one number: a row here while an order that is not over holds it.
CREATE TABLE claimed_numbers (
    tracking_number text PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders
);
CREATE INDEX claimed_by_order ON claimed_numbers (order_id);

-- Every scan record that was ever accepted, in exactly one bucket: the books.
CREATE TABLE scans (
    scan_id uuid PRIMARY KEY,
    identity text NOT NULL,
    verdict text NOT NULL
        CHECK (verdict IN ('applied', 'duplicate', 'superseded', 'unmatched', 'quarantined', 'refused')),
    reason text,
    order_id uuid,
    parcel int,
    account text NOT NULL,
    carrier text NOT NULL,
    tracking_number text NOT NULL,
    status text,
    sub_status text,
    leg text,
    scanned_at timestamptz,
    received_at timestamptz NOT NULL,
    time_quality text,
    raw_code text,
    raw_text text,
    place text,
    signed boolean NOT NULL DEFAULT false,
    attempt_no int,
    estimated_at timestamptz,
    CHECK (verdict <> 'applied' OR order_id IS NOT NULL)
);
CREATE INDEX scans_by_identity ON scans (identity) WHERE verdict <> 'duplicate';
CREATE INDEX scans_of_order ON scans (order_id) WHERE verdict = 'applied';
CREATE INDEX scans_kept ON scans (tracking_number) WHERE verdict IN ('unmatched', 'refused');
CREATE INDEX scans_unmatched_age ON scans (received_at) WHERE verdict = 'unmatched';

-- How far the feed has been judged.
CREATE TABLE feed (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    records bigint NOT NULL DEFAULT 0,
    through timestamptz NOT NULL DEFAULT 'epoch'
);
INSERT INTO feed DEFAULT VALUES;

-- Watermarks that speak of more records than have been kept so far.
CREATE TABLE watermarks (
    records bigint NOT NULL,
    through timestamptz NOT NULL,
    PRIMARY KEY (records, through)
);

-- Deadlines that wait until the pushes accepted before their due time are judged.
CREATE TABLE proposals (
    event_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX proposals_due ON proposals (due_at);

CREATE TABLE history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    version int NOT NULL,
    at timestamptz NOT NULL,
    trigger text NOT NULL,
    before text,
    after text NOT NULL,
    cause jsonb NOT NULL
);
CREATE INDEX history_of_order ON history (order_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'history is only ever added to'; END $$;
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON history
FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE refunds (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    cause text NOT NULL,
    parcels jsonb NOT NULL,
    amount numeric NOT NULL CHECK (amount > 0),
    state text NOT NULL CHECK (state IN ('due', 'requested', 'approved', 'issued', 'refused')),
    reason text,
    handed_at timestamptz,
    tries int NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (order_id, cause, parcels)
);
CREATE INDEX refunds_of_order ON refunds (order_id);
CREATE INDEX refunds_to_hand_over ON refunds (next_try_at) WHERE handed_at IS NULL AND state IN ('due', 'approved');

CREATE TABLE idempotency_keys (
    shop_id uuid NOT NULL REFERENCES shops,
    key text NOT NULL,
    request bytea NOT NULL,
    status int,
    answer bytea,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, key)
);
CREATE INDEX idempotency_age ON idempotency_keys USING brin (seen_at);

CREATE TABLE tracking_links (
    digest bytea PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    expires_at timestamptz NOT NULL
);
