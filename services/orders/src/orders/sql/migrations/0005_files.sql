-- Photos, labels and evidence of a shop. The bytes lie in the storage that the row names.
CREATE TABLE files (
    id uuid PRIMARY KEY,
    shop_id uuid NOT NULL REFERENCES shops,
    kind text NOT NULL CHECK (kind IN ('photo', 'label', 'evidence')),
    content_type text NOT NULL
        CHECK (content_type IN ('image/jpeg', 'image/png', 'image/webp', 'application/pdf')),
    size int NOT NULL CHECK (size BETWEEN 1 AND 5 * 1024 * 1024),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    storage text NOT NULL CHECK (storage IN ('postgres', 's3')),
    created_at timestamptz NOT NULL,
    UNIQUE (shop_id, kind, sha256)
);

-- The bytes of files that lie in PostgreSQL. They are compressed already.
CREATE TABLE file_contents (
    file_id uuid PRIMARY KEY REFERENCES files ON DELETE CASCADE,
    content bytea NOT NULL
);
ALTER TABLE file_contents ALTER COLUMN content SET STORAGE EXTERNAL;

-- Which orders a file is about: one photo may show the parcels of two orders.
CREATE TABLE order_files (
    order_id uuid NOT NULL REFERENCES orders,
    file_id uuid NOT NULL REFERENCES files,
    PRIMARY KEY (order_id, file_id)
);
CREATE INDEX orders_of_file ON order_files (file_id);

-- Files whose row is gone and whose bytes, outside PostgreSQL, are still to go. It names no shop any more.
CREATE TABLE forgotten_files (
    file_id uuid PRIMARY KEY
);

SELECT wall_off('files', 'shop_id');
SELECT wall_off_through('file_contents', 'file_id', 'files');
SELECT wall_off_by_order('order_files');
