-- Purpose: tell the planner how large the batch is; without it, it scans the store.
-- Grain: none. Parameters: none. Index: none.
analyze kubedigest_stage_1
