-- Purpose: groups that were told of, whose end is to be told, and that have been quiet since.
-- Grain: one row a group, for this transaction alone. Parameters: notifier, route, before (timestamptz),
-- group_hashes (text[]). Index: live_group_pkey.
select
    group_hash, latest, critical, opened, last_time, total, waiting, last_time as waiting_since, told,
    told_time, refused_since, recovered_by
from kubedigest.live_group
where
    notifier = :notifier
    and route = :route
    and recovery
    and told > 0
    and waiting = 0
    and (last_time <= :before or recovered_by <> '')
    and group_hash = any(cast(:group_hashes as text []))
order by last_time, group_hash
for update skip locked
