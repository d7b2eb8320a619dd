-- Where a shop keeps its goods (R21), how many there are, and what orders hold of them (R2).

CREATE TABLE locations (
    id uuid PRIMARY KEY,
    shop_id uuid NOT NULL REFERENCES shops,
    name text NOT NULL,
    address jsonb NOT NULL,
    zone text NOT NULL,
    region text NOT NULL,
    pick_up_point boolean NOT NULL,
    active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (shop_id, name),
    UNIQUE (shop_id, id)
);

CREATE TABLE drop_off_points (
    id uuid PRIMARY KEY,
    shop_id uuid NOT NULL REFERENCES shops,
    name text NOT NULL,
    address jsonb NOT NULL,
    carrier text NOT NULL,
    opening_hours text,
    created_at timestamptz NOT NULL,
    UNIQUE (shop_id, name)
);

-- Levels. A SKU without a row at any location of its shop is not counted, and refuses nothing.
CREATE TABLE stock (
    shop_id uuid NOT NULL,
    location_id uuid NOT NULL,
    sku text NOT NULL,
    on_hand bigint NOT NULL DEFAULT 0,
    reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    PRIMARY KEY (location_id, sku),
    FOREIGN KEY (shop_id, location_id) REFERENCES locations (shop_id, id),
    CHECK (on_hand >= reserved)
) WITH (fillfactor = 70);
CREATE INDEX stock_by_sku ON stock (shop_id, sku, location_id);

-- What each order holds of the SKUs that its shop counts: it keeps any move from being done twice.
CREATE TABLE order_stock (
    order_id uuid NOT NULL REFERENCES orders,
    sku text NOT NULL,
    shop_id uuid NOT NULL REFERENCES shops,
    location_id uuid REFERENCES locations,
    quantity int NOT NULL CHECK (quantity > 0),
    held int NOT NULL CHECK (held >= 0),
    state text NOT NULL CHECK (state IN ('short', 'reserved', 'dispatched', 'released')),
    checked_in int NOT NULL CHECK (checked_in >= 0 AND checked_in <= quantity),
    PRIMARY KEY (order_id, sku),
    CHECK (CASE state WHEN 'reserved' THEN held = quantity WHEN 'short' THEN held < quantity ELSE held = 0 END)
) WITH (fillfactor = 70);

-- Every move there ever was; a level is the sum of its rows.
CREATE TABLE stock_ledger (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id uuid NOT NULL REFERENCES shops,
    location_id uuid NOT NULL REFERENCES locations,
    sku text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('reserve', 'release', 'dispatch', 'check_in', 'count', 'adjust')),
    quantity bigint NOT NULL CHECK (quantity > 0 OR kind IN ('count', 'adjust')),
    order_id uuid REFERENCES orders,
    at timestamptz NOT NULL,
    why text NOT NULL
);
CREATE INDEX stock_ledger_by_sku ON stock_ledger (shop_id, sku, id DESC);

CREATE TRIGGER stock_ledger_is_append_only BEFORE UPDATE OR DELETE ON stock_ledger
FOR EACH ROW EXECUTE FUNCTION refuse_change();

SELECT wall_off(walled, 'shop_id')
FROM unnest('{locations,drop_off_points,stock,order_stock,stock_ledger}'::regclass[]) AS walled;
