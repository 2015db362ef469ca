-- Purpose: the newest messages of each shown workload and reason inside [since, until): of its
-- thousand events that were born last the hundred that were heard of last.
-- Grain: one row a point, at most :most a (cluster, namespace, workload_kind, workload, reason),
-- each one's newest first. Parameters: since, until (timestamptz), most (int); clusters,
-- namespaces, workload_kinds, workloads, reasons (text[] of one length).
-- Index: event_workload, point_pkey.
with shown as (
    select *
    from unnest(
        cast(:clusters as text []),
        cast(:namespaces as text []),
        cast(:workload_kinds as text []),
        cast(:workloads as text []),
        cast(:reasons as text [])
    ) with ordinality as k (cluster, namespace, workload_kind, workload, reason, place)
),

newest_event as (
    select
        s.place,
        e.*
    from shown as s
    cross join lateral (
        select born.birth, born.event_id
        from (
            select one.birth, one.event_id
            from kubedigest.event as one
            where
                left(one.workload, 128) = left(s.workload, 128)
                and left(coalesce(one.reason, ''), 64) = left(s.reason, 64)
                and one.cluster = s.cluster
                and one.namespace = s.namespace
                and one.workload_kind = s.workload_kind
                and one.workload = s.workload
                and coalesce(one.reason, '') = s.reason
                and one.birth < :until
            order by one.birth desc
            limit 1000
        ) as born
        -- an event may be old and go on, as the one of combined events does
        cross join lateral (
            select p.time
            from kubedigest.point as p
            where p.birth = born.birth and p.event_id = born.event_id and p.time < :until
            order by p.cumulative desc
            limit 1
        ) as heard
        order by heard.time desc
        limit 100
    ) as e
),

newest as (
    select
        e.place,
        v.*,
        row_number() over (
            partition by e.place
            order by v.time desc, v.message, v.object, v.name, v.cumulative
        ) as age
    from newest_event as e
    inner join kubedigest.point_with_event as v
        on v.birth = e.birth and v.event_id = e.event_id
    where
        v.time >= :since
        and least(coalesce(v.previous_time, v.birth), v.time) < :until
        and v.counted
        and v.occurrences > 0
),

inside as (
    select
        *,
        kubedigest.occurrences_before(occurrences, previous_time, time, birth, :until)
        - kubedigest.occurrences_before(occurrences, previous_time, time, birth, :since)
            as occurrences_inside
    from newest
    where age <= :most
)

select
    cluster,
    namespace,
    workload_kind,
    workload,
    coalesce(reason, '') as reason,
    coalesce(component, '') as component,
    coalesce(type, '') as type,
    coalesce(object_namespace, '') as object_namespace,
    coalesce(object, '') as object,
    message,
    occurrences_inside as occurrences,
    coalesce(host, '') as host,
    coalesce(cast(labels as text), '') as labels
from inside
where occurrences_inside > 0
order by place, age
