-- Purpose: the keys that have an occurrence in stretches of whole UTC days and hours, in COPY's
-- binary format. Grain: one row a key. Index: rollup_day_pkey, rollup_hour_pkey.
-- Parameters: days, days_after, hours, hours_after (timestamptz[], half-open), in the driver's
-- style.
copy (
    select d.key_id
    from unnest(%(days)s::timestamptz [], %(days_after)s::timestamptz []) as s (since, until)
    inner join kubedigest.rollup_day as d
        on
            d.day >= (s.since at time zone 'UTC')::date
            and d.day < (s.until at time zone 'UTC')::date
    union
    select h.key_id
    from unnest(%(hours)s::timestamptz [], %(hours_after)s::timestamptz []) as s (since, until)
    inner join kubedigest.rollup_hour as h on h.hour >= s.since and h.hour < s.until
) to stdout (format binary)
