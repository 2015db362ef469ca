-- Purpose: the points whose occurrences may lie in [since, until), and what prune has settled in
-- its hours, in the same shape: a settled hour is a point whose occurrences lie inside that hour.
-- Grain: one row a point, or one row a settled hour of a workload and reason.
-- Parameters: since, until (timestamptz), clusters (text[], null for all).
-- Index: point_time, point_long, point_pkey, event_pkey; settled_hour_pkey.
select
    v.cluster,
    v.namespace,
    v.name,
    v.birth,
    v.time,
    v.previous_time,
    v.occurrences,
    v.counted,
    v.suspect,
    v.counting,
    coalesce(v.type, '') as type,
    coalesce(v.reason, '') as reason,
    coalesce(v.kind, '') as kind,
    coalesce(v.object_namespace, '') as object_namespace,
    coalesce(v.object, '') as object,
    v.workload_kind,
    v.workload,
    coalesce(v.component, '') as component,
    coalesce(v.host, '') as host,
    v.skewed
from kubedigest.points_between(:since, :until) as p
inner join kubedigest.point_with_event as v
    on v.birth = p.birth and v.event_id = p.event_id and v.cumulative = p.cumulative
where
    v.occurrences > 0
    and (cast(:clusters as text []) is null or v.cluster = any(:clusters))
union all
select
    s.cluster,
    s.namespace,
    '' as name,
    s.first_time as birth,
    s.last_time as time,
    null as previous_time,
    s.occurrences,
    true as counted,
    false as suspect,
    'settled' as counting,
    s.type,
    s.reason,
    '' as kind,
    '' as object_namespace,
    '' as object,
    s.workload_kind,
    s.workload,
    s.component,
    s.host,
    false as skewed
from kubedigest.settled_hour as s
where
    s.hour > :since - interval '1 hour'
    and s.hour < :until
    and (cast(:clusters as text []) is null or s.cluster = any(:clusters))
