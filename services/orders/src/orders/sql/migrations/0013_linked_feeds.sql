-- The carriers' feeds that are linked, as carrier-adapter says: a level for each account. No shops: every shop's.
CREATE TABLE linked_feeds (
    account text PRIMARY KEY,
    carrier text NOT NULL,
    shops uuid[],
    enabled boolean NOT NULL,
    said_at timestamptz NOT NULL
);
