-- Purpose: let this transaction sort and hash in memory: it is one of few, and soon over.
-- Grain: none. Parameters: none. Index: none.
set local work_mem = '64MB'
