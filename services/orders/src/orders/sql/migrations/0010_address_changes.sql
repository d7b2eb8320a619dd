-- Each change of a shipping address, with what it was before and after (R10). Personal: it goes when the buyer is erased.
CREATE TABLE address_changes (
    id uuid PRIMARY KEY, -- That of the request.
    order_id uuid NOT NULL REFERENCES orders,
    at timestamptz NOT NULL,
    by text NOT NULL CHECK (by IN ('buyer', 'seller')),
    before jsonb NOT NULL,
    after jsonb NOT NULL
);
CREATE INDEX address_changes_of_order ON address_changes (order_id);
SELECT wall_off_by_order('address_changes');
