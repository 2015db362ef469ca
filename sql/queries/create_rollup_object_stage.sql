-- Purpose: where a refresh puts the objects of its hours before they are merged into the day.
-- Grain: as rollup_object. Parameters: none. Index: none.
create temporary table kubedigest_rollup_object_1 (like kubedigest.rollup_object) on commit drop
