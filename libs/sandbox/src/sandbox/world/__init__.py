"""A simulated marketplace: shops, buyers, carriers and a payment system, and a ledger that knows what must come of it.

It shares no code with the services: it has its own feed writers, signatures, table of legal histories and arithmetic of
deadlines, and sees only what the public API and its own mail sink show.
"""
