-- Purpose: count the distinct objects of groups of keys over whole UTC days, single hours of other
-- days, and pairs of key and object that are known otherwise.
-- Grain: one row a group that has any. Index: rollup_object_pkey.
-- Parameters: keys, groups (int[] of one length); since, until (timestamptz, whole days); days
-- (timestamptz[]) and hours (int[], the bits of each of these); seen_keys (int[]) and
-- seen_objects (bigint[]); in the driver's style.
with grouped as (
    select *
    from unnest(%(keys)s::int [], %(groups)s::int []) as g (key_id, number)
),

seen as (
    select g.number, o.object_hash
    from kubedigest.rollup_object as o
    inner join grouped as g using (key_id)
    where
        o.day >= (%(since)s::timestamptz at time zone 'UTC')::date
        and o.day < (%(until)s::timestamptz at time zone 'UTC')::date
    union all
    select g.number, o.object_hash
    from unnest(%(days)s::timestamptz [], %(hours)s::int []) as s (day, hours)
    inner join kubedigest.rollup_object as o
        on o.day = (s.day at time zone 'UTC')::date and o.hours & s.hours <> 0
    inner join grouped as g using (key_id)
    union all
    select g.number, s.object_hash
    from unnest(%(seen_keys)s::int [], %(seen_objects)s::bigint []) as s (key_id, object_hash)
    inner join grouped as g using (key_id)
)

select number, count(*)
from (select distinct number, object_hash from seen) as once
group by number
