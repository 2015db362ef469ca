-- Purpose: the latest message of each shown workload and reason inside [since, until).
-- Grain: one row a requested (cluster, namespace, workload_kind, workload, reason) that has one.
-- Parameters: since, until (timestamptz); clusters, namespaces, workload_kinds, workloads, reasons
-- (text[] of one length). Index: point_time, event_pkey.
with shown as (
    select *
    from unnest(
        cast(:clusters as text []),
        cast(:namespaces as text []),
        cast(:workload_kinds as text []),
        cast(:workloads as text []),
        cast(:reasons as text [])
    ) as k (cluster, namespace, workload_kind, workload, reason)
)

select distinct on (v.cluster, v.namespace, v.workload_kind, v.workload, v.reason)
    v.cluster,
    v.namespace,
    v.workload_kind,
    v.workload,
    coalesce(v.reason, '') as reason,
    v.message
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
order by v.cluster, v.namespace, v.workload_kind, v.workload, v.reason, v.time desc, v.message
