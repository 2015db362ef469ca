-- Purpose: drop objects that are not seen in any hour of the day any more.
-- Grain: one row a day, key and object. Parameters: days (timestamptz[]).
-- Index: rollup_object_pkey.
delete from kubedigest.rollup_object as o
using unnest(cast(:days as timestamptz [])) as made (day)
where o.day = cast(made.day at time zone 'UTC' as date) and o.hours = 0
