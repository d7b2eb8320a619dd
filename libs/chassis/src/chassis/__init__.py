"""The running gear every Waybill service shares: broker, batches, outbox, clock, logs, health."""
