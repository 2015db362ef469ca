-- Purpose: how far a notifier has read, what became of what it read, and what waits.
-- Grain: one row, none for a notifier that never began. Parameters: notifier.
-- Index: live_notifier_pkey, live_group_pkey.
select
    n.*,
    (
        select coalesce(sum(waiting), 0)::bigint
        from kubedigest.live_group as g
        where g.notifier = n.notifier and g.held = ''
    ) as waiting
from kubedigest.live_notifier as n
where n.notifier = :notifier
