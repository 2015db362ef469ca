-- Purpose: put back what messages did not tell, until the time that they are due again.
-- Grain: one row a group. Index: live_letter_pkey, live_group_pkey.
-- Parameters: letter_ids (text[]), now.
update kubedigest.live_group as g
set
    waiting = g.waiting + b.occurrences,
    told = g.told - b.occurrences,
    waiting_since = least(g.waiting_since, b.created),
    due = least(g.due, b.due),
    failing_since = coalesce(g.failing_since, :now)
from (
    select
        l.notifier,
        l.route,
        pair.value ->> 0 as group_hash,
        min(l.created) as created,
        max(l.due) as due,
        sum((pair.value ->> 1)::bigint) as occurrences
    from kubedigest.live_letter as l
    cross join lateral jsonb_array_elements(l.groups) as pair (value)
    where l.letter_id = any(cast(:letter_ids as text []))
    group by l.notifier, l.route, pair.value ->> 0
) as b
where g.notifier = b.notifier and g.route = b.route and g.group_hash = b.group_hash
