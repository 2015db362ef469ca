-- Purpose: let a migration fail soon rather than queue every writer behind it.
-- Grain: none. Parameters: none. Index: none.
set local lock_timeout = '10s'
