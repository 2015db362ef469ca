-- Purpose: make a message that may not have arrived this caller's own, to send a copy of it.
-- Grain: one row, none where there is none. Index: live_letter_open.
-- Parameters: notifier, route, now, claim, lease_seconds.
update kubedigest.live_letter
set
    state = 'sending',
    tries = tries + 1,
    claim = cast(:claim as uuid),
    lease_until = clock_timestamp() + make_interval(secs => :lease_seconds),
    updated = :now
where letter_id = (
    select letter_id
    from kubedigest.live_letter
    where
        notifier = :notifier
        and route = :route
        and state = 'unclear'
        and policy = 'at-least-once'
        and due <= :now
    order by due, letter_id
    limit 1
    for update skip locked
)
returning letter_id, content, occurrences, created, tries
