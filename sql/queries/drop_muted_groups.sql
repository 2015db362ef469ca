-- Purpose: take what was muted meanwhile out of what waits. Grain: one row a group.
-- Parameters: notifier, route, group_hashes (text[]), which this transaction has locked.
-- Index: live_group_pkey.
update kubedigest.live_group
set muted = muted + waiting, waiting = 0, waiting_since = null, due = null
where
    notifier = :notifier
    and route = :route
    and group_hash = any(cast(:group_hashes as text []))
