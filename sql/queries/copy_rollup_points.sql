-- Purpose: the points and settled hours of a refresh as numbers, in COPY's binary format.
-- A settled hour is a point whose occurrences lie inside that hour.
-- Grain: one row a point or settled hour. Index: settled_hour_pkey.
-- Parameters: since, until (timestamptz), in the driver's style.
copy (
    with numbered as (
        select e.*, k.key_id, k.reason_id
        from kubedigest_rollup_event_1 as e
        inner join kubedigest_rollup_combination_1 as c using (combination)
        inner join kubedigest.rollup_key as k on k.key_hash = c.key_hash
    )

    select
        n.key_id,
        n.reason_id,
        n.object_hash,
        p.birth,
        p.time,
        p.previous_time,
        p.occurrences,
        not p.suspect and (
            n.counting = 'exact'
            or not exists (
                select from kubedigest.exact_slot as x
                where
                    x.cluster = n.cluster
                    and x.slot > p.time - interval '20 minutes'
                    and x.slot <= p.time + interval '10 minutes'
            )
        ) as counted,
        p.suspect,
        p.skewed,
        false as settled
    from kubedigest_rollup_point_1 as p
    inner join numbered as n on n.birth = p.birth and n.event_id = p.event_id
    union all
    select
        n.key_id,
        n.reason_id,
        0 as object_hash,
        s.first_time as birth,
        s.last_time as time,
        '-infinity' as previous_time,
        s.occurrences,
        true as counted,
        false as suspect,
        false as skewed,
        true as settled
    from kubedigest.settled_hour as s
    inner join numbered as n on n.group_id = s.group_id
    where s.hour > %(since)s::timestamptz - interval '1 hour' and s.hour < %(until)s::timestamptz
) to stdout (format binary)
