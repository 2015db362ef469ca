-- Purpose: the newest messages of each shown workload and reason inside [since, until).
-- Grain: one row a point, at most :most a (cluster, namespace, workload_kind, workload, reason),
-- each one's newest first. Parameters: since, until (timestamptz), most (int); clusters,
-- namespaces, workload_kinds, workloads, reasons (text[] of one length).
-- Index: point_time, event_pkey.
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

newest as (
    select
        s.place,
        v.*,
        row_number() over (
            partition by s.place
            order by v.time desc, v.message, v.object, v.name, v.cumulative
        ) as age
    from kubedigest.point_with_event as v
    inner join shown as s
        on
            s.cluster = v.cluster
            and s.namespace = v.namespace
            and s.workload_kind = v.workload_kind
            and s.workload = v.workload
            and s.reason = coalesce(v.reason, '')
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
