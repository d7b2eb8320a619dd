"""Shops and their policies."""
