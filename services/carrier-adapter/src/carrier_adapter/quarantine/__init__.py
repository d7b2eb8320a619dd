"""The quarantine of the feeds: records that nobody understands yet, listed, shown, read again, or given up."""
