-- Purpose: add the batch's points, or merge them into what is stored (least time, least message).
-- Occurrences come from the nearest lower point, in the batch or in the store; settle_successors
-- mends the points above. What an event's prune has settled is not counted again.
-- Grain: one row a point. Parameters: none. Index: point_pkey, event_pkey.
with batch as materialized (
    select
        birth,
        event_id,
        cumulative,
        min(claimed) as claimed,
        min(received) as received,
        min(source) as source,
        min(message) as message
    from kubedigest_point_stage_1
    group by birth, event_id, cumulative
),

neighbour as (
    select
        *,
        lag(cumulative) over below as batch_cumulative,
        lag(case when claimed - received > interval '5 minutes' then received else claimed end)
            over below as batch_time
    from batch
    window below as (partition by birth, event_id order by cumulative)
)

insert into kubedigest.point as p (
    birth, event_id, cumulative, claimed, received, source, message, occurrences, previous_time
)
select
    n.birth,
    n.event_id,
    n.cumulative,
    n.claimed,
    n.received,
    n.source,
    nullif(n.message, e.message),
    greatest(n.cumulative, e.settled)
    - greatest(coalesce(greatest(n.batch_cumulative, stored.cumulative), 0), e.settled),
    case
        when n.batch_cumulative >= coalesce(stored.cumulative, 0) then n.batch_time
        else stored.time
    end
from neighbour as n
inner join kubedigest.event as e on e.birth = n.birth and e.event_id = n.event_id
left join lateral (
    select lower.cumulative, lower.time
    from kubedigest.point as lower
    where
        lower.birth = n.birth
        and lower.event_id = n.event_id
        and lower.cumulative < n.cumulative
    order by lower.cumulative desc
    limit 1
) as stored on true
order by n.birth, n.event_id, n.cumulative
on conflict (birth, event_id, cumulative) do update
set
    claimed = least(p.claimed, excluded.claimed),
    received = least(p.received, excluded.received),
    source = least(p.source, excluded.source),
    -- null stands for the event's own message, which is the least of all
    message = case
        when p.message is not null and excluded.message is not null
        then least(p.message, excluded.message)
    end,
    commit_id = pg_current_xact_id()::text::bigint
where
    excluded.claimed < p.claimed
    or excluded.received < p.received
    or excluded.source < p.source
    or (p.message is not null and excluded.message is null)
    or excluded.message < p.message
