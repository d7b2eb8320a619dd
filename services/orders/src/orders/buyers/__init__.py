"""Whom orders are for: their contacts, and the links by which they look."""
