-- Purpose: the groups that are to be told now, for this transaction alone: what is critical first,
-- then what has most to tell.
-- Grain: one row a group. Parameters: notifier, route, now, only_critical: others wait, most.
-- Index: live_group_due.
select
    group_hash, latest, critical, opened, last_time, total, waiting, waiting_since, told, told_time,
    failing_since
from kubedigest.live_group
where
    notifier = :notifier
    and route = :route
    and due <= :now
    and waiting > 0
    and (critical or not :only_critical)
order by critical desc, waiting desc, group_hash
limit :most
for update skip locked
