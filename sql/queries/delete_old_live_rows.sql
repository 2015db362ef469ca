-- Purpose: forget events that are too old to be told, groups that have long been quiet or wait on a
-- route that there is not any more, and what became of messages long ago. A group with a message on
-- its way stays. Grain: one row an event, group or message.
-- Parameters: notifier, events_before, groups_before, letters_before (timestamptz), routes (text[]).
-- Index: live_event_updated, live_group_last_time, live_letter_open, live_letter_updated.
with old_events as (
    delete from kubedigest.live_event where notifier = :notifier and updated < :events_before
),

old_groups as (
    delete from kubedigest.live_group as g
    where
        g.notifier = :notifier
        and g.last_time < :groups_before
        and coalesce(g.told_time, g.last_time) < :groups_before
        and (g.due is null or not g.route = any(cast(:routes as text [])))
        and not exists (
            select
            from kubedigest.live_letter as l
            where l.notifier = g.notifier and l.route = g.route and l.state = 'sending'
        )
)

delete from kubedigest.live_letter
where notifier = :notifier and updated < :letters_before and state <> 'sending'
