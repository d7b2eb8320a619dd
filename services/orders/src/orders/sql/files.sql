-- name: keep_file
-- Writes a file's row, or finds the one that this shop has of the same bytes and kind; locks it either way.
INSERT INTO files (id, shop_id, kind, content_type, size, sha256, storage, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (shop_id, kind, sha256) DO UPDATE SET kind = excluded.kind
RETURNING id, content_type, size;

-- name: find_file
-- A file of a shop.
SELECT id, content_type, size, sha256, storage FROM files WHERE id = $1 AND shop_id = $2;

-- name: files_of_shop
-- Which of some files a shop has.
SELECT id, kind, content_type, size, sha256, created_at FROM files WHERE shop_id = $1 AND id = ANY ($2::uuid[]);

-- name: bind_files
-- Says that files of a shop are about an order of the same shop; what was said before stays.
INSERT INTO order_files (order_id, file_id)
SELECT o.id, f.id FROM orders AS o JOIN files AS f ON f.shop_id = o.shop_id
WHERE o.id = $1 AND f.id = ANY ($2::uuid[])
ON CONFLICT DO NOTHING;

-- name: unbind_files
-- Takes an order's files from it.
DELETE FROM order_files WHERE order_id = $1 RETURNING file_id;

-- name: lock_files
-- Holds files while it is decided whether they go: nobody binds them to another order meanwhile.
SELECT id FROM files WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE;

-- name: drop_files
-- Drops those of some files that no order has; bytes in PostgreSQL go with the row, others are noted to be deleted.
WITH dropped AS (
    DELETE FROM files AS f WHERE f.id = ANY ($1::uuid[])
    AND NOT EXISTS (SELECT FROM order_files AS b WHERE b.file_id = f.id)
    RETURNING f.id, f.storage
), noted AS (
    INSERT INTO forgotten_files (file_id) SELECT id FROM dropped WHERE storage <> 'postgres' ON CONFLICT DO NOTHING
)
SELECT count(*) FROM dropped;

-- name: forgotten_files
-- Files whose bytes are to be deleted outside PostgreSQL.
SELECT file_id FROM forgotten_files LIMIT 100;

-- name: file_is_gone
-- The bytes of a forgotten file are deleted.
DELETE FROM forgotten_files WHERE file_id = $1;

-- name: files_with_rows
-- Which of some files have a row.
SELECT id FROM files WHERE id = ANY ($1::uuid[]);

-- name: put_content
-- Keeps the bytes of a file.
INSERT INTO file_contents (file_id, content) VALUES ($1, $2);

-- name: content_of
-- The bytes of a file.
SELECT content FROM file_contents WHERE file_id = $1;

-- name: delete_content
-- Drops the bytes of a file.
DELETE FROM file_contents WHERE file_id = $1;
