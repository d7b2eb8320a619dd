-- name: keep_linked_feed
-- Keeps what was said of a feed, unless something later is known.
INSERT INTO linked_feeds (account, carrier, shops, enabled, said_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account) DO UPDATE
SET carrier = excluded.carrier, shops = excluded.shops, enabled = excluded.enabled, said_at = excluded.said_at
WHERE linked_feeds.said_at <= excluded.said_at;

-- name: unlinked
-- Those of some carriers ($2), each bound by way of an account ($3) or none, that no feed tells a shop ($1) of.
SELECT DISTINCT b.carrier
FROM unnest($2::text[], $3::text[]) AS b (carrier, account)
WHERE NOT EXISTS (
    SELECT 1 FROM linked_feeds AS f
    WHERE f.enabled AND (f.carrier = b.carrier OR f.account = b.account) AND (f.shops IS NULL OR $1 = ANY (f.shops))
)
ORDER BY b.carrier;
