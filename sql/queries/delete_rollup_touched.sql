-- Purpose: forget what insert_pending_hours has taken over. A row that it could not see yet stays.
-- Grain: one row a moved point. Parameters: settled (bigint). Index: none, the table is short.
delete from kubedigest.rollup_touched
where commit_id < :settled
