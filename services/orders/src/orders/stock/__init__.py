"""Where a shop keeps its goods (R21), how many there are, and which of them orders hold (R2)."""
