"""Real races: two transactions about one order let go together at a barrier, many thousand times."""
