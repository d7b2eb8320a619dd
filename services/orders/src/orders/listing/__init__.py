"""Lists of orders: what is asked for, the pages, what is ahead of each, and orders as CSV."""
