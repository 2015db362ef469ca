-- Purpose: tell the planner how many points are to be merged; without it, it scans the store.
-- Grain: none. Parameters: none. Index: none.
analyze kubedigest_point_stage_1
