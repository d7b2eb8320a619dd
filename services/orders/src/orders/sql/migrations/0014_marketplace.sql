-- Which shop a marketplace's notices are about: those of one of its sellers, come in by one account. An account is a key
-- that somebody holds, so it speaks for nobody it was not linked with.
CREATE TABLE marketplace_shops (
    account text NOT NULL,
    seller text NOT NULL,
    shop_id uuid NOT NULL REFERENCES shops,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (account, seller)
);
CREATE INDEX marketplaces_of_shop ON marketplace_shops (shop_id);
SELECT wall_off('marketplace_shops', 'shop_id');

-- What marketplaces said of orders: a row for each notice and order that it names, once, and what came of it.
CREATE TABLE marketplace_notices (
    identity text NOT NULL,
    number text NOT NULL,
    account text NOT NULL,
    seller text NOT NULL,
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    order_id uuid REFERENCES orders,
    came_of text CHECK (came_of IN ('done', 'noted', 'refused', 'overtaken')),
    PRIMARY KEY (identity, number),
    CHECK ((order_id IS NULL) = (came_of IS NULL))
);
CREATE INDEX notices_of_order ON marketplace_notices (order_id, happened_at) WHERE order_id IS NOT NULL;
CREATE INDEX notices_unmatched ON marketplace_notices (number) WHERE order_id IS NULL;
CREATE INDEX notices_unmatched_age ON marketplace_notices (received_at) WHERE order_id IS NULL;
SELECT wall_off_by_order('marketplace_notices');
