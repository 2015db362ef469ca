-- Purpose: the points that may have an occurrence in any of these stretches, and what prune has
-- settled in their hours, as numbers, in COPY's binary format: the edges of windows that do not
-- lie on the hours of the roll-up. Points of keys that are not in the roll-up yet are left out.
-- Grain: one row a point or settled hour. Index: point_time, point_long, event_pkey,
-- settled_hour_pkey. Parameters: since, until (timestamptz[], ascending and apart), keys (int[],
-- null for all), in the driver's style.
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
        where %(keys)s::int [] is null or k.key_id = any(%(keys)s::int [])
    ),

    -- a point may reach into several stretches
    found as materialized (
        select distinct p.birth, p.event_id, p.cumulative, p.time, p.previous_time, p.occurrences,
            p.claimed
        from stretch as s
        cross join lateral kubedigest.points_between(s.since, s.until) as p
        where p.occurrences > 0
    )

    select
        n.key_id,
        n.reason_id,
        kubedigest.object_hash(e.cluster, e.kind, e.object_namespace, e.object),
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
    cross join lateral (
        select *
        from kubedigest.event as one
        where one.birth = p.birth and one.event_id = p.event_id
        offset 0
    ) as e
    cross join lateral (
        select kubedigest.is_suspect(
            p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
        ) as suspect
    ) as f
    inner join named as n
        on
            n.cluster = e.cluster
            and n.namespace = e.namespace
            and n.workload_kind = e.workload_kind
            and n.workload = e.workload
            and n.reason = coalesce(e.reason, '')
            and n.type = coalesce(e.type, '')
            and n.component = coalesce(e.component, '')
            and n.counting = e.counting
    union all
    select
        n.key_id,
        n.reason_id,
        0,
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
