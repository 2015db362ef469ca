-- Purpose: points that the roll-up has not followed yet become settled hours, which carry no commit
-- to follow: their hours are noted now.
-- Grain: one row an hour. Parameters: none. Index: point_pkey.
insert into kubedigest.rollup_pending (hour)
select distinct slot.hour
from kubedigest_settling_1 as s
inner join kubedigest.point as p
    on p.birth = s.birth and p.event_id = s.event_id and p.cumulative <= s.settled
inner join kubedigest.event as e on e.birth = s.birth and e.event_id = s.event_id
cross join kubedigest.rollup_state as state
cross join lateral generate_series(
    date_trunc('hour', least(coalesce(p.previous_time, p.birth), p.time), 'UTC'),
    p.time + state.gap,
    interval '1 hour'
) as slot (hour)
where
    p.occurrences > 0
    and (p.commit_id >= state.cursor or e.commit_id >= state.cursor)
    and not kubedigest.is_suspect(
        p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
    )
on conflict (hour) do nothing
