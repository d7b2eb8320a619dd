-- The operator's side: suspensions, who published a policy, and what may be taken out of the record of a buyer who is
-- erased.

-- A suspended shop takes no new orders; those it has go on (R14).
ALTER TABLE shops
    ADD COLUMN suspended_at timestamptz,
    ADD COLUMN suspended_because text,
    ADD CHECK ((suspended_at IS NULL) = (suspended_because IS NULL));

ALTER TABLE policies ADD COLUMN published_by text;
COMMENT ON COLUMN policies.published_by IS 'null: published before it was recorded';

-- What the operator did to a shop.
CREATE TABLE shop_record (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id uuid NOT NULL REFERENCES shops,
    at timestamptz NOT NULL,
    what text NOT NULL CHECK (what IN ('added', 'suspended', 'resumed')),
    actor text NOT NULL,
    words text
);
CREATE INDEX shop_record_of_shop ON shop_record (shop_id, id);
CREATE TRIGGER shop_record_is_append_only BEFORE UPDATE OR DELETE ON shop_record
FOR EACH ROW EXECUTE FUNCTION refuse_change();
SELECT wall_off('shop_record', 'shop_id');

-- Idempotency keys of the operator, who has no shop and stands behind no wall. Each actor has a name space of its own.
CREATE TABLE operator_keys (
    actor text NOT NULL,
    key text NOT NULL,
    request bytea NOT NULL,
    about uuid,
    status int,
    answer bytea,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);
CREATE INDEX operator_keys_age ON operator_keys USING brin (seen_at);

-- The order that a request was about, where its path names one: what is answered may repeat what was sent.
ALTER TABLE idempotency_keys ADD COLUMN order_id uuid;

-- What counts against a shop: found without reading the history of all its orders.
CREATE INDEX history_of_record ON history (order_id, trigger) WHERE trigger IN ('ship_by', 'tracking_update');

-- When the buyer of an order was erased.
ALTER TABLE orders ADD COLUMN erased_at timestamptz;
CREATE INDEX erased_orders ON orders (id) WHERE erased_at IS NOT NULL;

-- Records of an order that are no evidence of it, and repetitions of records that no order had yet when they came:
-- erasure finds them by these, and evidence by `scans_of_order`.
CREATE INDEX scans_beside_order ON scans (order_id) WHERE verdict <> 'applied' AND order_id IS NOT NULL;
CREATE INDEX scans_repeated_early ON scans (identity) WHERE verdict IN ('duplicate', 'superseded') AND order_id IS NULL;

-- The parts of a cause that hold what somebody wrote. What is refused is said in a sentence that may repeat it.
CREATE FUNCTION words_of_cause() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '{reason,words,refused,condition,window}'::text[];

-- History is only ever added to. While a buyer is erased, in a transaction that says so in the setting
-- `waybill.erasing`, words may be taken out of a cause: each becomes null, and nothing else changes.
CREATE FUNCTION refuse_all_but_erasing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('waybill.erasing', true) = 'on'
        AND to_jsonb(NEW) - 'cause' = to_jsonb(OLD) - 'cause'
        AND NEW.cause - words_of_cause() = OLD.cause - words_of_cause()
        AND NOT EXISTS (
            SELECT 1 FROM jsonb_each(NEW.cause) AS said
            WHERE said.key = ANY (words_of_cause()) AND said.value IS DISTINCT FROM 'null'
                AND said.value IS DISTINCT FROM OLD.cause -> said.key
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'history is only ever added to';
END $$;
DROP TRIGGER history_is_append_only ON history;
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON history
FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasing();
