-- Purpose: how many increments of this transaction are too large to be believed.
-- Grain: one row. Parameters: none. Index: point_commit_id.
select count(*)
from kubedigest.point
where
    commit_id = pg_current_xact_id()::text::bigint
    and kubedigest.is_suspect(occurrences, coalesce(previous_time, birth), time, birth)
