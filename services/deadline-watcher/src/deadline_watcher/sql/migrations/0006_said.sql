-- What was said last of the deadlines ahead of an order, as a digest: said again only when it is something else.
ALTER TABLE orders ADD COLUMN said bytea;
