-- Purpose: where the next step of prune begins and may end: the times of the first and the last of
-- the oldest points in [since, horizon) that count.
-- Grain: one row, of nulls where there is none. Index: point_time.
-- Parameters: since, horizon (timestamptz), most (how many points).
select
    min(oldest.time) as first_time,
    max(oldest.time) as last_time,
    count(*) as points
from (
    select time
    from kubedigest.point
    where
        time >= :since
        and time < :horizon
        and occurrences > 0
        and not kubedigest.is_suspect(occurrences, coalesce(previous_time, birth), time, birth)
    order by time
    limit :most
) as oldest
