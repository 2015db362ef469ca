-- Purpose: when a route has something to tell next: a group, or a copy of what may not have arrived.
-- Grain: one row, null for nothing. Parameters: notifier, route, only_critical: others wait.
-- Index: live_group_due, live_letter_open.
select least(
    (
        select min(due) from kubedigest.live_group
        where
            notifier = :notifier
            and route = :route
            and due is not null
            and waiting > 0
            and (critical or not :only_critical)
    ),
    (
        select min(due) from kubedigest.live_letter
        where notifier = :notifier and route = :route and state = 'unclear' and due is not null
    )
) as due
