-- Purpose: groups that were told of, whose end is to be told, and that have been quiet since a time
-- or have said that they work again.
-- Grain: one row a group. Parameters: notifier, route, before (timestamptz). Index: live_group_pkey.
select
    group_hash,
    coalesce(latest ->> 'cluster', '') as cluster,
    coalesce(latest ->> 'namespace', '') as namespace,
    last_time,
    recovered_by
from kubedigest.live_group
where
    notifier = :notifier
    and route = :route
    and recovery
    and told > 0
    and waiting = 0
    and (last_time <= :before or recovered_by <> '')
order by last_time, group_hash
