"""The words that services say to each other: events, the vocabulary of tracking, policies, streams."""
