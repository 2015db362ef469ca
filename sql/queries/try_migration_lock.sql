-- Purpose: take the right to migrate for this transaction, without waiting.
-- Grain: one boolean. Parameters: none. Index: none. The number spells "kubedige".
select pg_try_advisory_xact_lock(7743203321949284197)
