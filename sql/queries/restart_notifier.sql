-- Purpose: begin anew with what is committed from now on, in a database that is another server's.
-- Grain: one row. Parameters: notifier, now. Index: live_notifier_pkey.
update kubedigest.live_notifier
set seen = pg_current_snapshot(), updated = :now
where notifier = :notifier
