-- Purpose: note that messages about groups are taken again. Grain: one row a group.
-- Parameters: letter_ids (text[]). Index: live_letter_pkey, live_group_pkey.
update kubedigest.live_group as g
set refused_since = null
from kubedigest.live_letter as l
cross join lateral jsonb_array_elements(l.groups) as pair (value)
where
    l.letter_id = any(cast(:letter_ids as text []))
    and g.notifier = l.notifier
    and g.route = l.route
    and g.group_hash = pair.value ->> 0
    and g.refused_since is not null
