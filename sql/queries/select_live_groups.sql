-- Purpose: what is known of groups before new occurrences are added to them.
-- Grain: one row a group that exists. Index: live_group_pkey.
-- Parameters: notifier, groups (jsonb array of route, group_hash).
select g.route, g.group_hash, g.held, g.recent, g.total, g.due is not null as is_due
from jsonb_to_recordset(cast(:groups as jsonb)) as asked (route text, group_hash text)
inner join kubedigest.live_group as g
    on
        g.notifier = :notifier
        and g.route = asked.route
        and g.group_hash = asked.group_hash
