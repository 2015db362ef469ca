-- Purpose: forget which objects were seen in the hours that are made anew, where they are not seen
-- any more. Hours before the horizon keep theirs: their points are gone.
-- Grain: one row a day, key and object. Index: rollup_object_pkey.
-- Parameters: days (timestamptz[]) and hours (int[], the bits of each of these).
update kubedigest.rollup_object as o
set hours = o.hours & ~made.hours
from unnest(cast(:days as timestamptz []), cast(:hours as integer [])) as made (day, hours)
where
    o.day = cast(made.day at time zone 'UTC' as date)
    and o.hours & made.hours <> 0
    and not exists (
        select from kubedigest_rollup_object_1 as s
        where
            s.day = o.day
            and s.key_id = o.key_id
            and s.object_hash = o.object_hash
            and s.hours & made.hours = o.hours & made.hours
    )
