-- Purpose: note that a person has found a digest in its chat. No row comes back where there is none,
-- or where a run is at it.
-- Grain: one row. Parameters: the key. Index: delivery_pkey.
update kubedigest.delivery
set state = 'sent',
    copies = greatest(copies, 1),
    reason = 'marked as sent by hand',
    code = '',
    hint = '',
    next_try = null,
    claim = null,
    sent_time = clock_timestamp(),
    updated = clock_timestamp()
where channel = :channel
    and stands_in_for = :stands_in_for
    and report = :report
    and start_time = :start_time
    and end_time = :end_time
    and timezone = :timezone
    and state not in ('claimed', 'sending')
returning state
