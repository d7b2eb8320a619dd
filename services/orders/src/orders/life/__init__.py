"""The rules of an order's life: pure, without clock, database or broker."""
