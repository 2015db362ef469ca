-- Purpose: reserve the next moment at which a channel may be sent to, and return how long it is to
-- go [s]. No row comes back where that is longer than the caller waits.
-- Grain: one row. Index: channel_pace_pkey.
-- Parameters: channel, gap_seconds: between two moments, patience_seconds.
insert into kubedigest.channel_pace as p (channel, last_slot)
values (:channel, clock_timestamp())
on conflict (channel) do update
set last_slot = greatest(
    clock_timestamp(), p.blocked_until, p.last_slot + make_interval(secs => :gap_seconds)
)
where greatest(p.blocked_until, p.last_slot + make_interval(secs => :gap_seconds))
    <= clock_timestamp() + make_interval(secs => :patience_seconds)
    or greatest(p.blocked_until, p.last_slot) is null
returning greatest(0, cast(extract(epoch from last_slot - clock_timestamp()) as double precision))
