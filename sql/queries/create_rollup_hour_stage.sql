-- Purpose: where a refresh puts the hours before they replace the old ones.
-- Grain: as rollup_hour. Parameters: none. Index: none.
create temporary table kubedigest_rollup_hour_1 (like kubedigest.rollup_hour) on commit drop
