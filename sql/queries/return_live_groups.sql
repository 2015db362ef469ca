-- Purpose: put back what messages did not tell, until the time that they are due again; count what
-- is given up; and note since when messages about a group have been refused. A message that told of
-- an end, and so of no occurrence, leaves its groups as if it had never been.
-- Grain: one row a group. Index: live_letter_pkey, live_group_pkey.
-- Parameters: letter_ids (text[]), now.
update kubedigest.live_group as g
set
    waiting = g.waiting + b.returned,
    told = g.told - b.returned - b.dropped,
    left_out = g.left_out + b.dropped,
    told_time = case when g.told > b.returned + b.dropped then g.told_time end,
    waiting_since = case
        when b.returned > 0 then least(g.waiting_since, b.created) else g.waiting_since
    end,
    due = case when b.returned > 0 then least(g.due, coalesce(b.due, :now)) else g.due end,
    recovery = g.recovery or b.is_end,
    refused_since = case when b.is_refused then coalesce(g.refused_since, :now) end
from (
    select
        l.notifier,
        l.route,
        pair.value ->> 0 as group_hash,
        min(l.created) as created,
        max(l.due) as due,
        bool_or(l.occurrences = 0) as is_end,
        bool_or(l.state = 'refused') as is_refused,
        coalesce(
            sum((pair.value ->> 1)::bigint) filter (where l.state in ('not sent', 'refused')), 0
        ) as returned,
        coalesce(sum((pair.value ->> 1)::bigint) filter (where l.state = 'dropped'), 0) as dropped
    from kubedigest.live_letter as l
    cross join lateral jsonb_array_elements(l.groups) as pair (value)
    where l.letter_id = any(cast(:letter_ids as text []))
    group by l.notifier, l.route, pair.value ->> 0
) as b
where g.notifier = b.notifier and g.route = b.route and g.group_hash = b.group_hash
