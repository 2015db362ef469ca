-- Purpose: keep everybody from a channel for as long as its service asked for.
-- Grain: one row. Parameters: channel, seconds. Index: channel_pace_pkey.
insert into kubedigest.channel_pace as p (channel, blocked_until)
values (:channel, clock_timestamp() + make_interval(secs => :seconds))
on conflict (channel) do update
set blocked_until = greatest(p.blocked_until, excluded.blocked_until)
