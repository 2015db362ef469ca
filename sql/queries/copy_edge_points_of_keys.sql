-- Purpose: what copy_edge_points does, for a few keys and without their objects: their events are
-- found first, and the points of all others are passed over without a look at their events. Settled
-- hours are as there. Grain: one row a point or settled hour. Index: event_workload, point_time,
-- point_long, settled_hour_pkey. Parameters: since, until (timestamptz[], ascending and apart),
-- keys (int[]), in the driver's style.
copy (
    with stretch as (
        select *
        from unnest(%(since)s::timestamptz [], %(until)s::timestamptz []) as s (since, until)
    ),

    named as materialized (
        select
            k.key_id, k.reason_id, k.namespace, k.workload_kind, k.workload,
            r.cluster, r.type, r.reason, r.component, r.counting
        from kubedigest.rollup_key as k
        inner join kubedigest.rollup_reason as r using (reason_id)
        where k.key_id = any(%(keys)s::int [])
    ),

    event as materialized (
        select
            n.key_id,
            n.reason_id,
            e.birth,
            e.event_id,
            e.cluster,
            e.counting
        from named as n
        cross join lateral (
            select one.birth, one.event_id, one.cluster, one.counting
            from kubedigest.event as one
            where
                left(one.workload, 128) = left(n.workload, 128)
                and left(coalesce(one.reason, ''), 64) = left(n.reason, 64)
                and one.cluster = n.cluster
                and one.namespace = n.namespace
                and one.workload_kind = n.workload_kind
                and one.workload = n.workload
                and coalesce(one.reason, '') = n.reason
                and coalesce(one.type, '') = n.type
                and coalesce(one.component, '') = n.component
                and one.counting = n.counting
                and one.birth < (select max(until) from stretch)
            offset 0
        ) as e
    ),

    -- a point may reach into several stretches
    found as materialized (
        select distinct p.birth, p.event_id, p.cumulative, p.time, p.previous_time, p.occurrences,
            p.claimed
        from stretch as s
        cross join lateral kubedigest.points_between(s.since, s.until) as p
        where
            p.occurrences > 0
            and (p.birth, p.event_id) in (select birth, event_id from event)
    )

    select
        e.key_id,
        e.reason_id,
        0::bigint,
        p.birth,
        p.time,
        coalesce(p.previous_time, '-infinity'),
        p.occurrences,
        not f.suspect and (
            e.counting = 'exact'
            or not exists (
                select from kubedigest.exact_slot as x
                where
                    x.cluster = e.cluster
                    and x.slot > p.time - interval '20 minutes'
                    and x.slot <= p.time + interval '10 minutes'
            )
        ),
        f.suspect,
        p.claimed > p.time,
        false as settled
    from found as p
    inner join event as e on e.birth = p.birth and e.event_id = p.event_id
    cross join lateral (
        select kubedigest.is_suspect(
            p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
        ) as suspect
    ) as f
    union all
    select
        n.key_id,
        n.reason_id,
        0::bigint,
        h.first_time,
        h.last_time,
        '-infinity',
        h.occurrences,
        true,
        false,
        false,
        true
    from (
        select distinct h.*
        from stretch as s
        inner join kubedigest.settled_hour as h
            on h.hour > s.since - interval '1 hour' and h.hour < s.until
    ) as h
    inner join named as n
        using (
            cluster, namespace, workload_kind, workload, reason, type, component, counting
        )
) to stdout (format binary)
