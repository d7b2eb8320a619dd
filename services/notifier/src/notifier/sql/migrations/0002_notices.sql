-- Which outcomes have been said to `orders`; what ended before there was such a thing is said too.
ALTER TABLE messages ADD COLUMN reported boolean NOT NULL DEFAULT false;
ALTER TABLE messages ADD COLUMN ending text CHECK (ending IN ('sent', 'stale', 'no_address', 'given_up'));
UPDATE messages SET ending = CASE
    WHEN state = 'sent' THEN 'sent'
    WHEN state = 'failed' THEN 'given_up'
    WHEN outcome IN ('nobody is on record for this order', 'no address on record') THEN 'no_address'
    ELSE 'stale'
END WHERE state <> 'waiting';
COMMENT ON COLUMN messages.ending IS 'the outcome in one word, as others are told of it; null while it waits';
CREATE INDEX messages_to_report ON messages (place) WHERE ending IS NOT NULL AND NOT reported;
