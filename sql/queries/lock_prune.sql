-- Purpose: let one prune run at a time, with no writer in the middle of a batch.
-- Grain: none. Parameters: none. Index: none. Writers take the same lock shared (lock_horizon).
select pg_advisory_xact_lock(7743203321949284198)
