-- Purpose: see what the transaction of another connection sees.
-- Grain: none. Parameters: snapshot (text), in the driver's style. Index: none.
set transaction snapshot %(snapshot)s
