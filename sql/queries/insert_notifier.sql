-- Purpose: begin with what is committed from now on, where a notifier begins at all.
-- Grain: one row. Parameters: notifier, now. Index: live_notifier_pkey.
insert into kubedigest.live_notifier (notifier, seen, updated)
values (:notifier, pg_current_snapshot(), :now)
on conflict (notifier) do nothing
