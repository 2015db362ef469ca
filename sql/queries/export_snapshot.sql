-- Purpose: let another connection see what this transaction sees.
-- Grain: one value. Parameters: none. Index: none.
select pg_export_snapshot()
