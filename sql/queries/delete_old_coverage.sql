-- Purpose: forget what was known of the time before the horizon.
-- Grain: one row a span. Parameters: horizon. Index: coverage_end_time.
delete from kubedigest.coverage
where end_time < :horizon
