-- Purpose: note where the stored points lie that the batch may move: those that it repeats with
-- other values, and the next one above each of its points. Their hours become stale.
-- Grain: one row a point. Parameters: none. Index: point_pkey.
insert into kubedigest.rollup_touched (start_time, end_time)
select least(coalesce(near.previous_time, near.birth), near.time), near.time
from (
    select distinct birth, event_id, cumulative
    from kubedigest_point_stage_1
) as s
cross join lateral (
    select p.birth, p.previous_time, p.time, p.occurrences
    from kubedigest.point as p
    where p.birth = s.birth and p.event_id = s.event_id and p.cumulative >= s.cumulative
    order by p.cumulative
    limit 2
) as near
where
    near.occurrences > 0
    and not kubedigest.is_suspect(
        near.occurrences, coalesce(near.previous_time, near.birth), near.time, near.birth
    )
