-- Purpose: let one refresh of the roll-up work at a time; the next one goes on where it stopped.
-- Grain: none. Parameters: none. Index: none.
select pg_advisory_xact_lock(7743203321949284199)
