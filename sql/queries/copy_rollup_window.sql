-- Purpose: the roll-up of one stretch of whole UTC hours, in COPY's binary format: most of it summed
-- over whole days, its ends as they are by hour. The days are alone in their query, with plain bounds,
-- so that the planner knows how many keys there are and shares the scan among workers.
-- Grain: one row a key for the days, one row a key and hour for the rest. Index: rollup_day_pkey,
-- rollup_hour_pkey. Parameters: since, first_day, after_day, until (timestamptz), ascending; the two
-- in the middle are whole days, in the driver's style.
copy (
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
    from kubedigest.rollup_day
    where
        day >= (%(first_day)s::timestamptz at time zone 'UTC')::date
        and day < (%(after_day)s::timestamptz at time zone 'UTC')::date
    group by key_id
    union all
    select
        key_id, 0, occurrences, first_time, last_time, begun::bigint, first_begun, last_begun,
        continued
    from kubedigest.rollup_hour
    where hour >= %(since)s and hour < %(first_day)s
    union all
    select
        key_id, 0, occurrences, first_time, last_time, begun::bigint, first_begun, last_begun,
        continued
    from kubedigest.rollup_hour
    where hour >= %(after_day)s and hour < %(until)s
) to stdout (format binary)
