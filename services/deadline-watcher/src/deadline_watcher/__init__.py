"""Keeps every deadline and says when one is due."""
