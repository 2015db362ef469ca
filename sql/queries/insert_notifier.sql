-- Purpose: begin with what is committed from now on, where a notifier begins at all.
-- Grain: one row. Parameters: notifier, now. Index: live_notifier_pkey.
insert into kubedigest.live_notifier (notifier, seen, server, updated)
select :notifier, pg_current_snapshot(), s.system_identifier, :now
from pg_control_system() as s
on conflict (notifier) do nothing
