-- Purpose: take what a message tells out of what waits. Grain: one row a group.
-- Parameters: notifier, route, now, group_hashes (text[]), which this transaction has locked.
-- Index: live_group_pkey.
update kubedigest.live_group
set
    told = told + waiting,
    waiting = 0,
    waiting_since = null,
    told_time = :now,
    due = null
where
    notifier = :notifier
    and route = :route
    and group_hash = any(cast(:group_hashes as text []))
