-- Purpose: occurrences by bucket and kind of event, over stretches of whole quarters of an hour, in
-- COPY's binary format. Grain: one row a bucket and kind. Index: rollup_quarter_pkey.
-- Parameters: buckets (int[]); since, until (timestamptz[]), in the driver's style.
copy (
    select s.bucket, q.reason_id, sum(q.occurrences)::bigint
    from unnest(
        %(buckets)s::int [], %(since)s::timestamptz [], %(until)s::timestamptz []
    ) as s (bucket, since, until)
    inner join kubedigest.rollup_quarter as q on q.quarter >= s.since and q.quarter < s.until
    group by s.bucket, q.reason_id
) to stdout (format binary)
