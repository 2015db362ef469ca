-- Purpose: which objects each key was seen with, over whole UTC days and single hours of other
-- days, in COPY's binary format. Grain: one row a key and object. Index: rollup_object_pkey.
-- Parameters: since, until (timestamptz, whole days); days (timestamptz[]) and hours (int[], the
-- bits of each of these); in the driver's style.
copy (
    select o.key_id, o.object_hash
    from kubedigest.rollup_object as o
    where
        o.day >= (%(since)s::timestamptz at time zone 'UTC')::date
        and o.day < (%(until)s::timestamptz at time zone 'UTC')::date
    group by o.key_id, o.object_hash
    union all
    select o.key_id, o.object_hash
    from unnest(%(days)s::timestamptz [], %(hours)s::int []) as s (day, hours)
    inner join kubedigest.rollup_object as o
        on o.day = (s.day at time zone 'UTC')::date and o.hours & s.hours <> 0
) to stdout (format binary)
