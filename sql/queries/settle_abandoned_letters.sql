-- Purpose: say of messages whose process has died that they may have arrived. Grain: one row a
-- message. Parameters: notifier, now. Index: live_letter_open.
update kubedigest.live_letter
set
    state = 'unclear',
    copies = copies + 1,
    reason = 'the process that sent it has died',
    due = case when policy = 'at-least-once' then cast(:now as timestamptz) end,
    updated = :now
where notifier = :notifier and state = 'sending' and lease_until < clock_timestamp()
