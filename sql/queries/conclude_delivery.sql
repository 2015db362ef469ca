-- Purpose: note what became of a message. No row comes back where another run has claimed it.
-- Grain: one row. Index: delivery_pkey.
-- Parameters: the key, claim, state, copies: how many more may have arrived, parts_sent, reason,
-- code, hint, next_try, lease_seconds.
update kubedigest.delivery
set state = :state,
    -- where another run has taken this one for dead, it has counted a copy
    copies = copies - case when state = 'unclear' then 1 else 0 end + :copies,
    parts_sent = :parts_sent,
    reason = :reason,
    code = :code,
    hint = :hint,
    next_try = cast(:next_try as timestamptz),
    sent_time = case when :state = 'sent' then clock_timestamp() else sent_time end,
    lease_until = clock_timestamp() + make_interval(secs => :lease_seconds),
    updated = clock_timestamp()
where channel = :channel
    and stands_in_for = :stands_in_for
    and report = :report
    and start_time = :start_time
    and end_time = :end_time
    and timezone = :timezone
    and claim = cast(:claim as uuid)
returning state
