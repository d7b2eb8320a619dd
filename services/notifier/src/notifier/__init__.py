"""Tells buyers and sellers what happened, once."""
