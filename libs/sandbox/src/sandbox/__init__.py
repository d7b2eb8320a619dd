"""NATS, PostgreSQL and all of Waybill on one machine, and a simulated marketplace to run through it."""
