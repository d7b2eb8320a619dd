-- What a list of orders is found by, beside the orders' own columns. All of it is derived, and triggers keep it true
-- whoever writes the rows that it is derived from.

-- When the buyer bought it, where an import says so. No clock starts there.
ALTER TABLE orders ADD COLUMN bought_at timestamptz;

-- A page by status, badge or kind of fulfilment comes in order, however rare what it asks for is. Most orders are
-- delivered and most have no badge: a walk along `orders_by_time` meets enough of those at once.
CREATE INDEX orders_by_status ON orders (shop_id, status, placed_at DESC, id DESC) WHERE status <> 'delivered';
CREATE INDEX orders_by_badge ON orders (shop_id, badge, placed_at DESC, id DESC) WHERE badge IS NOT NULL;
CREATE INDEX orders_by_fulfilment ON orders (shop_id, fulfilment, placed_at DESC, id DESC);

-- The carriers that have an order's parcels now.
CREATE TABLE order_carriers (
    order_id uuid NOT NULL REFERENCES orders,
    carrier text NOT NULL,
    shop_id uuid NOT NULL,
    placed_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, carrier)
);
CREATE INDEX orders_by_carrier ON order_carriers (shop_id, carrier, placed_at DESC, order_id DESC);

-- The words that an order is found by: its number, its goods, its tracking numbers, and its buyer's name and e-mail.
CREATE TABLE order_search (
    order_id uuid PRIMARY KEY REFERENCES orders,
    shop_id uuid NOT NULL,
    words tsvector NOT NULL
);
CREATE INDEX orders_by_words ON order_search USING gin (words);

-- The deadlines ahead of an order as deadline-watcher last said them, and the soonest of them. A row without any stays:
-- its version keeps an older telling out. A table of its own: what is ahead changes with every other scan.
CREATE TABLE deadlines_ahead (
    order_id uuid PRIMARY KEY,
    shop_id uuid NOT NULL,
    placed_at timestamptz NOT NULL,
    order_version int NOT NULL,
    next_due_at timestamptz,
    ahead jsonb NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX orders_by_deadline ON deadlines_ahead (shop_id, next_due_at, order_id) WHERE next_due_at IS NOT NULL;

SELECT wall_off(walled, 'shop_id') FROM unnest('{order_carriers,deadlines_ahead}'::regclass[]) AS walled;

-- `order_search` has no wall of that kind: behind one, PostgreSQL asks no index for `@@`, which might leak what it
-- compares. The words of each shop bear its mark instead, and `search_for` gives them the mark of the shop whose wall is
-- up, whatever a query says; the orders that are found so are looked up behind their own wall.

-- Splits a text at its spaces into what is searched for, in its order: lower case, letters and digits only, the same in
-- every database whatever its locale. 'TT-1001' is one, 'tt1001'.
CREATE FUNCTION terms_of(given text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY(
    SELECT left(term, 100) FROM (
        SELECT place, regexp_replace(word, '[^[:alnum:]]+', '', 'g') AS term
        FROM regexp_split_to_table(lower(normalize(given, NFKC) COLLATE pg_c_utf8), '\s+')
            WITH ORDINALITY AS split (word, place)
    ) AS terms WHERE term <> '' ORDER BY place
);

-- Gives the words that a text is found by: what it is split into at spaces, and the parts of it: 'tt1001', 'tt', '1001'.
CREATE FUNCTION words_of(given text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY(
    SELECT unnest(terms_of(given))
    UNION
    SELECT left(word, 100)
    FROM regexp_split_to_table(lower(normalize(given, NFKC) COLLATE pg_c_utf8), '[^[:alnum:]]+') AS word
    WHERE word <> ''
);

-- What one shop's words start with in the index, so that a word that is common elsewhere costs this shop nothing.
CREATE FUNCTION shop_mark(shop_id uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(shop_id::text, 8);

-- Asks for orders with each of some words, the last of which may be a beginning only; or with all of them run together (a
-- tracking number that was written with spaces).
CREATE FUNCTION search_for(shop_id uuid, given text) RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE RETURN (
    SELECT (
        string_agg(format('''%s%s''', mark, term), ' & ' ORDER BY place)
        || format(':* | ''%s%s'':*', mark, left(string_agg(term, '' ORDER BY place), 100))
    )::tsquery
    FROM shop_mark(coalesce(walled_shop(), shop_id)) AS mark,
        unnest(terms_of(given)) WITH ORDINALITY AS terms (term, place)
    GROUP BY mark
);

-- Derives anew what some orders are found by.
CREATE FUNCTION find_again(ids uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO order_search (order_id, shop_id, words)
    SELECT o.id, o.shop_id, array_to_tsvector(ARRAY(
        SELECT shop_mark(o.shop_id) || word FROM unnest(words_of(concat_ws(
            ' ', o.number, b.name, b.email,
            (SELECT string_agg(concat_ws(' ', line ->> 'sku', line ->> 'title'), ' ')
                FROM jsonb_array_elements(o.lines) AS line),
            (SELECT string_agg(tracking_number, ' ') FROM bindings WHERE order_id = o.id)
        ))) AS word
    ))
    FROM orders AS o LEFT JOIN buyers AS b ON b.order_id = o.id
    WHERE o.id = ANY (ids)
    ON CONFLICT (order_id) DO UPDATE SET words = excluded.words
    WHERE order_search.words IS DISTINCT FROM excluded.words;
$$;

-- Derives anew which carriers some orders are with.
CREATE FUNCTION carriers_again(ids uuid[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM order_carriers AS c WHERE c.order_id = ANY (ids) AND NOT EXISTS (
        SELECT 1 FROM bindings AS b WHERE b.order_id = c.order_id AND b.carrier = c.carrier AND b.valid_to IS NULL
    );
    INSERT INTO order_carriers (order_id, carrier, shop_id, placed_at)
    SELECT DISTINCT b.order_id, b.carrier, o.shop_id, o.placed_at
    FROM bindings AS b JOIN orders AS o ON o.id = b.order_id
    WHERE b.order_id = ANY (ids) AND b.valid_to IS NULL
    ON CONFLICT DO NOTHING;
$$;

CREATE FUNCTION buyers_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM find_again(ARRAY(SELECT order_id FROM changed));
    RETURN NULL;
END $$;
CREATE TRIGGER search_new_buyers AFTER INSERT ON buyers REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION buyers_changed();
CREATE TRIGGER search_changed_buyers AFTER UPDATE ON buyers REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION buyers_changed();
CREATE TRIGGER search_gone_buyers AFTER DELETE ON buyers REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION buyers_changed();

CREATE FUNCTION bindings_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ids uuid[] := ARRAY(SELECT DISTINCT order_id FROM changed);
BEGIN
    IF cardinality(ids) > 0 THEN
        PERFORM carriers_again(ids);
        PERFORM find_again(ids);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER list_new_bindings AFTER INSERT ON bindings REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION bindings_changed();
CREATE TRIGGER list_changed_bindings AFTER UPDATE ON bindings REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION bindings_changed();
CREATE TRIGGER list_gone_bindings AFTER DELETE ON bindings REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION bindings_changed();

-- Scans change neither goods nor number: this costs their updates nothing.
CREATE FUNCTION goods_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM find_again(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER search_changed_goods AFTER UPDATE OF lines, number ON orders FOR EACH ROW
WHEN (OLD.lines IS DISTINCT FROM NEW.lines OR OLD.number <> NEW.number) EXECUTE FUNCTION goods_changed();

SELECT carriers_again(ARRAY(SELECT id FROM orders)), find_again(ARRAY(SELECT id FROM orders));
