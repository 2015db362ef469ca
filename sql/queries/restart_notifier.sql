-- Purpose: begin anew in a database that is another server's: with what is committed from now on, and
-- without what waited there, which its own notifier tells.
-- Grain: one row a notifier, group or message. Parameters: notifier, now.
-- Index: live_notifier_pkey, live_group_pkey, live_letter_open.
with groups as (
    update kubedigest.live_group
    set left_out = left_out + waiting, waiting = 0, waiting_since = null, due = null, recovery = false
    where notifier = :notifier
),

letters as (
    update kubedigest.live_letter
    set
        state = 'unclear',
        due = null,
        lease_until = null,
        reason = 'its database was restored on another server'
    where notifier = :notifier and state in ('sending', 'unclear')
)

update kubedigest.live_notifier as n
set seen = pg_current_snapshot(), server = s.system_identifier, updated = :now
from pg_control_system() as s
where n.notifier = :notifier
