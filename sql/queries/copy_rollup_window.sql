-- Purpose: the roll-up summed over one stretch of whole UTC hours, in COPY's binary format: most of
-- it from whole days, its ends from hours. Bounds are plain, so that workers can share the scan.
-- Grain: one row a key. Index: rollup_day_pkey, rollup_hour_pkey.
-- Parameters: since, first_day, after_day, until (timestamptz), ascending; the two in the middle are
-- whole days, in the driver's style.
copy (
    with part as (
        select key_id, occurrences, first_time, last_time, begun, first_begun, last_begun, continued
        from kubedigest.rollup_day
        where
            day >= (%(first_day)s::timestamptz at time zone 'UTC')::date
            and day < (%(after_day)s::timestamptz at time zone 'UTC')::date
        union all
        select key_id, occurrences, first_time, last_time, begun, first_begun, last_begun, continued
        from kubedigest.rollup_hour
        where hour >= %(since)s and hour < %(first_day)s
        union all
        select key_id, occurrences, first_time, last_time, begun, first_begun, last_begun, continued
        from kubedigest.rollup_hour
        where hour >= %(after_day)s and hour < %(until)s
    )

    select
        key_id,
        0 as bucket,
        sum(occurrences)::bigint,
        min(first_time),
        max(last_time),
        sum(begun)::bigint,
        min(first_begun),
        max(last_begun),
        coalesce(min(first_time) filter (where continued) = min(first_time), false)
    from part
    group by key_id
) to stdout (format binary)
