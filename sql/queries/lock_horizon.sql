-- Purpose: keep prune from moving the horizon until this transaction ends. A statement of its own:
-- the next one sees what prune has committed while this one waited.
-- Grain: none. Parameters: none. Index: none. Prune takes the same lock exclusively (lock_prune).
select pg_advisory_xact_lock_shared(7743203321949284198)
