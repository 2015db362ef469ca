-- Purpose: make a digest and channel one run's own, before anything is sent. No row comes back where
-- another run holds it, where it is sent, or where the policy forbids another try.
-- Grain: one row. Index: delivery_pkey.
-- Parameters: channel, stands_in_for, report, start_time, end_time, timezone, period, letter_id,
-- policy, claim, lease_seconds, by_hand: a person asked for another copy.
insert into kubedigest.delivery as d (
    channel, stands_in_for, report, start_time, end_time, timezone, period, letter_id,
    state, policy, claim, lease_until, created, updated
)
values (
    :channel, :stands_in_for, :report, :start_time, :end_time, :timezone, :period, :letter_id,
    'claimed', :policy, cast(:claim as uuid),
    clock_timestamp() + make_interval(secs => :lease_seconds), clock_timestamp(), clock_timestamp()
)
on conflict (channel, stands_in_for, report, start_time, end_time, timezone) do update
set state = 'claimed',
    policy = excluded.policy,
    claim = excluded.claim,
    lease_until = excluded.lease_until,
    updated = excluded.updated,
    next_try = null,
    -- another copy begins with its first part; what surely was not sent goes on where it stopped
    parts_sent = case when d.state in ('unclear', 'sent') then 0 else d.parts_sent end
where d.state in ('not sent', 'refused')
    or (d.state = 'unclear' and (excluded.policy = 'at-least-once' or :by_hand))
    or (d.state = 'sent' and :by_hand)
returning letter_id, copies, parts, parts_sent, digest
