-- Purpose: where the next step of prune begins: the oldest point in [since, horizon) that counts.
-- Grain: one value, null for none. Parameters: since, horizon (timestamptz). Index: point_time.
select min(time)
from kubedigest.point
where
    time >= :since
    and time < :horizon
    and occurrences > 0
    and not kubedigest.is_suspect(occurrences, coalesce(previous_time, birth), time, birth)
