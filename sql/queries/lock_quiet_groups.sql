-- Purpose: groups that were told of, whose end is to be told, and that have been quiet since.
-- Grain: one row a group, for this transaction alone. Parameters: notifier, route, before (timestamptz). Index: live_group_pkey.
select
    group_hash, latest, critical, opened, last_time, total, waiting, last_time as waiting_since, told,
    told_time, failing_since
from kubedigest.live_group
where
    notifier = :notifier
    and route = :route
    and recovery
    and told > 0
    and waiting = 0
    and last_time <= :before
order by last_time, group_hash
for update skip locked
