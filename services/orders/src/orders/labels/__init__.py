"""What a parcel's label and its inserts say, and whether they may (R3, R4)."""
