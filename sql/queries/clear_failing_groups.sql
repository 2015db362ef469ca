-- Purpose: note that a message about groups was taken again. Grain: one row a group.
-- Parameters: notifier, route, group_hashes (text[]). Index: live_group_pkey.
update kubedigest.live_group
set failing_since = null
where
    notifier = :notifier
    and route = :route
    and group_hash = any(cast(:group_hashes as text []))
    and failing_since is not null
