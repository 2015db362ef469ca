-- Purpose: note the hours whose roll-up is stale: those that hold occurrences of points that came
-- or changed, that held them before a change, or whose rows without identity an exact point has
-- set aside since; and those that follow within the gap, where an episode may not begin any more.
-- Grain: one row an hour. Parameters: cursor (bigint).
-- Index: point_commit_id, event_commit_id, event_pkey, point_pkey, point_time.
with changed_point as (
    select p.*
    from kubedigest.point as p
    where p.commit_id >= :cursor
    union all
    select p.*
    from kubedigest.event as e
    inner join kubedigest.point as p on p.birth = e.birth and p.event_id = e.event_id
    where e.commit_id >= :cursor and p.commit_id < :cursor
    union all
    select p.*
    from (
        select distinct x.slot, x.cluster
        from kubedigest.exact_slot as x
        where
            x.commit_id >= :cursor
            and exists (
                select from kubedigest.rollup_reason as r
                where r.cluster = x.cluster and r.counting <> 'exact'
            )
    ) as x
    inner join kubedigest.point as p
        on p.time >= x.slot - interval '10 minutes' and p.time < x.slot + interval '20 minutes'
    inner join kubedigest.event as e
        on
            e.birth = p.birth
            and e.event_id = p.event_id
            and e.cluster = x.cluster
            and e.counting <> 'exact'
),

stretch as (
    select
        case
            -- a point that counts for nothing is still seen, at its time
            when
                (occurrences = 1 and previous_time is not null)
                or kubedigest.is_suspect(
                    occurrences, coalesce(previous_time, birth), time, birth
                )
                then time
            else least(coalesce(previous_time, birth), time)
        end as start_time,
        time as end_time
    from changed_point
    where occurrences > 0
    union all
    select start_time, end_time
    from kubedigest.rollup_touched
),

span as (
    select distinct
        date_trunc('hour', s.start_time, 'UTC') as first_hour,
        date_trunc('hour', s.end_time + state.gap, 'UTC') as last_hour
    from stretch as s
    cross join kubedigest.rollup_state as state
)

insert into kubedigest.rollup_pending (hour)
select distinct slot.hour
from span as s
cross join lateral generate_series(s.first_hour, s.last_hour, interval '1 hour') as slot (hour)
on conflict (hour) do nothing
