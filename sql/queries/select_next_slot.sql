-- Purpose: tell when a channel may be sent to next, without reserving it.
-- Grain: at most one row. Parameters: channel, gap_seconds. Index: channel_pace_pkey.
select greatest(
    clock_timestamp(), blocked_until, last_slot + make_interval(secs => :gap_seconds)
) as next_slot
from kubedigest.channel_pace
where channel = :channel
