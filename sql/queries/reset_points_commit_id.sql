-- Purpose: forget commit ids of another server: those of a restored database may lie in this one's
-- future, where no commit would ever be newer. Grain: one row a row of the table that has one.
-- Parameters: none. Index: point_commit_id where there is one.
update kubedigest.point
set commit_id = 0
where commit_id > pg_current_xact_id()::text::bigint
