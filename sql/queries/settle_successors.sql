-- Purpose: a point that arrived between two known ones, or whose time fell, changes what the next
-- one above it stands for. Nothing to do for events that arrive in order.
-- Grain: one row a point above a point of the batch. Parameters: none. Index: point_pkey.
with changed as materialized (
    select
        p.birth,
        p.event_id,
        above.cumulative,
        d.occurrences,
        p.time as previous_time
    from (
        select distinct birth, event_id, cumulative
        from kubedigest_point_stage_1
    ) as s
    inner join kubedigest.point as p using (birth, event_id, cumulative)
    inner join kubedigest.event as e using (birth, event_id)
    cross join lateral (
        select higher.cumulative, higher.occurrences, higher.previous_time
        from kubedigest.point as higher
        where
            higher.birth = p.birth
            and higher.event_id = p.event_id
            and higher.cumulative > p.cumulative
        order by higher.cumulative
        limit 1
    ) as above
    cross join lateral (
        select
            greatest(above.cumulative, e.settled)
            - greatest(p.cumulative, e.settled) as occurrences
    ) as d
    where (above.occurrences, above.previous_time) is distinct from (d.occurrences, p.time)
)

update kubedigest.point as next
set
    occurrences = c.occurrences,
    previous_time = c.previous_time,
    commit_id = pg_current_xact_id()::text::bigint
from changed as c
where
    next.birth = c.birth
    and next.event_id = c.event_id
    and next.cumulative = c.cumulative
