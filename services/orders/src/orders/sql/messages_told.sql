-- name: keep_messages_told
-- Keeps outcomes of messages; of one message the latest, as one that was given up may be tried again.
INSERT INTO messages_told AS t (message_id, order_id, shop_id, recipient, kinds, channel, outcome, at)
SELECT message_id, order_id, shop_id, recipient, string_to_array(kinds, ' '), channel, outcome, at
FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[]
) AS m (message_id, order_id, shop_id, recipient, kinds, channel, outcome, at)
ON CONFLICT (message_id) DO UPDATE
SET kinds = excluded.kinds, channel = excluded.channel, outcome = excluded.outcome, at = excluded.at
WHERE t.at <= excluded.at;

-- name: told_of_order
-- Who was told what about an order, the oldest first.
SELECT message_id, recipient, kinds, channel, outcome, at FROM messages_told
WHERE order_id = $1 ORDER BY at, message_id;
