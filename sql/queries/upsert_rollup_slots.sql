-- Purpose: put in the fresh slots; where one from before the horizon is there, more was seen of it.
-- Grain: one row a slot and cluster. Index: rollup_slot_pkey.
-- Parameters: slots, first_seen, last_seen (timestamptz[]), clusters (text[]), events,
-- suspect_points, suspect_occurrences, set_aside_points, skewed_points (bigint[]) of one length.
insert into kubedigest.rollup_slot as s (
    slot, cluster, events, suspect_points, suspect_occurrences, set_aside_points, skewed_points,
    first_seen, last_seen
)
select *
from unnest(
    cast(:slots as timestamptz []),
    cast(:clusters as text []),
    cast(:events as bigint []),
    cast(:suspect_points as bigint []),
    cast(:suspect_occurrences as bigint []),
    cast(:set_aside_points as bigint []),
    cast(:skewed_points as bigint []),
    cast(:first_seen as timestamptz []),
    cast(:last_seen as timestamptz [])
)
on conflict (slot, cluster) do update
set
    events = greatest(s.events, excluded.events),
    suspect_points = greatest(s.suspect_points, excluded.suspect_points),
    suspect_occurrences = greatest(s.suspect_occurrences, excluded.suspect_occurrences),
    set_aside_points = greatest(s.set_aside_points, excluded.set_aside_points),
    skewed_points = greatest(s.skewed_points, excluded.skewed_points),
    first_seen = least(s.first_seen, excluded.first_seen),
    last_seen = greatest(s.last_seen, excluded.last_seen)
