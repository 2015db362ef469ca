-- Purpose: how far the stored events of the batch have come. A statement of its own, after
-- merge_events: it sees what other writers have committed while that one waited for their locks.
-- Each look-up is a lateral one with a limit: whatever the planner knows, it takes the index.
-- Grain: one row an event that has points. Parameters: none. Index: point_pkey, event_pkey.
select
    s.number,
    p.cumulative,
    p.claimed,
    p.received,
    p.source,
    coalesce(p.message, e.message) as message,
    e.message as event_message
from (
    select distinct number, birth, event_id
    from kubedigest_event_stage_1
) as s
cross join lateral (
    select last.cumulative, last.claimed, last.received, last.source, last.message
    from kubedigest.point as last
    where last.birth = s.birth and last.event_id = s.event_id
    order by last.cumulative desc
    limit 1
) as p
cross join lateral (
    select one.message
    from kubedigest.event as one
    where one.birth = s.birth and one.event_id = s.event_id
    limit 1
) as e
