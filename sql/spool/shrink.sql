-- Purpose: give the disk back what drained batches have left.
-- Grain: none. Parameters: none. Index: none.
pragma incremental_vacuum;
