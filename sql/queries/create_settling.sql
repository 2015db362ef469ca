-- Purpose: the events that have points to settle, and up to which cumulative count: the highest
-- point below every point that is not older than the horizon. It becomes the event's anchor. A
-- suspect point never does: counts below it may still come. What lies before "since" is settled.
-- Grain: one row an event. Parameters: since, horizon (timestamptz). Index: point_time, point_pkey.
create temporary table kubedigest_settling_1 on commit drop as
select
    old.birth,
    old.event_id,
    cut.settled
from (
    select distinct birth, event_id
    from kubedigest.point
    where
        time >= :since
        and time < :horizon
        and occurrences > 0
        and not kubedigest.is_suspect(occurrences, coalesce(previous_time, birth), time, birth)
) as old
cross join lateral (
    select min(p.cumulative) as cumulative
    from kubedigest.point as p
    where p.birth = old.birth and p.event_id = old.event_id and p.time >= :horizon
) as live
cross join lateral (
    select max(p.cumulative) as settled
    from kubedigest.point as p
    where
        p.birth = old.birth
        and p.event_id = old.event_id
        and (live.cumulative is null or p.cumulative < live.cumulative)
        and not kubedigest.is_suspect(
            p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
        )
) as cut
where cut.settled is not null
