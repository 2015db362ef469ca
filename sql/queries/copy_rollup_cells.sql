-- Purpose: the roll-up summed over stretches of whole UTC days and hours, by the bucket that each
-- stretch belongs to, in COPY's binary format.
-- Grain: one row a key and bucket. Index: rollup_day_pkey, rollup_hour_pkey.
-- Parameters: day_buckets, hour_buckets (int[]); days, days_after, hours, hours_after
-- (timestamptz[], whole days and hours, half-open); keys (int[], null for all); in the driver's
-- style.
copy (
    with part as (
        select s.bucket, d.key_id, d.occurrences, d.first_time, d.last_time, d.begun,
            d.first_begun, d.last_begun, d.continued
        from unnest(
            %(day_buckets)s::int [], %(days)s::timestamptz [], %(days_after)s::timestamptz []
        ) as s (bucket, since, until)
        inner join kubedigest.rollup_day as d
            on
                d.day >= (s.since at time zone 'UTC')::date
                and d.day < (s.until at time zone 'UTC')::date
        where %(keys)s::int [] is null or d.key_id = any(%(keys)s::int [])
        union all
        select s.bucket, h.key_id, h.occurrences, h.first_time, h.last_time, h.begun,
            h.first_begun, h.last_begun, h.continued
        from unnest(
            %(hour_buckets)s::int [], %(hours)s::timestamptz [], %(hours_after)s::timestamptz []
        ) as s (bucket, since, until)
        inner join kubedigest.rollup_hour as h on h.hour >= s.since and h.hour < s.until
        where %(keys)s::int [] is null or h.key_id = any(%(keys)s::int [])
    )

    select
        key_id,
        bucket,
        sum(occurrences)::bigint,
        min(first_time),
        max(last_time),
        sum(begun)::bigint,
        min(first_begun),
        max(last_begun),
        coalesce(min(first_time) filter (where continued) = min(first_time), false)
    from part
    group by key_id, bucket
) to stdout (format binary)
