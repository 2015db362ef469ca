-- Purpose: note the highest point of each event that was read, so that none is told twice.
-- Grain: one row an event. Index: live_event_pkey.
-- Parameters: notifier, now, births (timestamptz[]), event_ids (uuid[]), cumulatives (bigint[]).
insert into kubedigest.live_event as l (notifier, birth, event_id, cumulative, updated)
select :notifier, e.birth, e.event_id, e.cumulative, :now
from unnest(
    cast(:births as timestamptz []), cast(:event_ids as uuid []), cast(:cumulatives as bigint [])
) as e (birth, event_id, cumulative)
on conflict (notifier, birth, event_id) do update
set cumulative = greatest(l.cumulative, excluded.cumulative), updated = excluded.updated
