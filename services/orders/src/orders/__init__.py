"""Owns orders, parcels and their evidence, and decides."""
