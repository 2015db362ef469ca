-- Purpose: the points that may have an occurrence in [since, until), for the other statements of a
-- refresh. Grain: one row a point. Parameters: since, until (timestamptz).
-- Index: point_time, point_long.
create temporary table kubedigest_rollup_point_1 on commit drop as
select
    p.birth,
    p.event_id,
    p.time,
    coalesce(p.previous_time, '-infinity') as previous_time,
    p.occurrences,
    p.claimed > p.time as skewed,
    kubedigest.is_suspect(
        p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
    ) as suspect
from kubedigest.points_between(:since, :until) as p
where p.occurrences > 0
