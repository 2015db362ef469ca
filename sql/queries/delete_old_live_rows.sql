-- Purpose: forget events that are too old to be told, groups that have long been quiet, and what
-- became of messages long ago. Grain: one row an event, group or message.
-- Parameters: notifier, events_before, groups_before, letters_before (timestamptz),
-- routes (text[]): those that there are; what waits on others is told by nobody.
-- Index: live_event_updated, live_group_last_time, live_letter_updated.
with old_events as (
    delete from kubedigest.live_event where notifier = :notifier and updated < :events_before
),

old_groups as (
    delete from kubedigest.live_group
    where
        notifier = :notifier
        and last_time < :groups_before
        and (due is null or not route = any(cast(:routes as text [])))
)

delete from kubedigest.live_letter
where notifier = :notifier and updated < :letters_before and state <> 'sending'
