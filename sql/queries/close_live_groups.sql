-- Purpose: note that the end of groups is told. Grain: one row a group.
-- Parameters: notifier, route, group_hashes (text[]). Index: live_group_pkey.
update kubedigest.live_group
set recovery = false
where
    notifier = :notifier
    and route = :route
    and group_hash = any(cast(:group_hashes as text []))
