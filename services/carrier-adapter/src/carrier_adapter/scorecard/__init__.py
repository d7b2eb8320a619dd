"""How good each carrier's feed is, by account and day, and when it is so bad that somebody must hear of it."""
