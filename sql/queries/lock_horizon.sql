-- Purpose: read the horizon and keep prune from moving it until this transaction ends.
-- Grain: one row. Parameters: none. Index: none. Prune takes the same lock exclusively.
select horizon > '-infinity' as has_horizon
from kubedigest.retention, pg_advisory_xact_lock_shared(7743203321949284198)
