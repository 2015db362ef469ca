-- Purpose: note that a message is about to be put on its way, with what it says. No row comes back
-- where the run has lost its claim, and then it must not send.
-- Grain: one row. Index: delivery_pkey.
-- Parameters: the key, claim, digest, parts, lease_seconds.
update kubedigest.delivery
set state = 'sending',
    tries = tries + 1,
    digest = :digest,
    parts = :parts,
    lease_until = clock_timestamp() + make_interval(secs => :lease_seconds),
    updated = clock_timestamp()
where channel = :channel
    and stands_in_for = :stands_in_for
    and report = :report
    and start_time = :start_time
    and end_time = :end_time
    and timezone = :timezone
    and claim = cast(:claim as uuid)
    -- another run may have taken this one for dead, and not have claimed it yet
    and state in ('claimed', 'not sent')
returning tries
