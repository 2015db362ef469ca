-- Purpose: the events of these points, and what prune has settled in these hours, with a number for
-- each combination of texts that a key has. Grain: one row an event or settled group. Parameters: since, until (timestamptz).
-- Index: event_pkey, settled_hour_pkey.
create temporary table kubedigest_rollup_event_1 on commit drop as
with found as (
    select
        d.birth,
        d.event_id,
        null::bytea as group_id,
        e.cluster,
        e.namespace,
        e.workload_kind,
        e.workload,
        coalesce(e.type, '') collate "C" as type,
        coalesce(e.reason, '') collate "C" as reason,
        coalesce(e.component, '') collate "C" as component,
        e.counting,
        kubedigest.object_hash(e.cluster, e.kind, e.object_namespace, e.object) as object_hash
    from (
        -- in the order of the events' pages
        select distinct birth, event_id
        from kubedigest_rollup_point_1
        order by birth, event_id
    ) as d
    cross join lateral (
        select *
        from kubedigest.event as one
        where one.birth = d.birth and one.event_id = d.event_id
        offset 0
    ) as e
    union all
    select distinct on (s.group_id)
        null::timestamptz as birth,
        null::uuid as event_id,
        s.group_id,
        s.cluster,
        s.namespace,
        s.workload_kind,
        s.workload,
        s.type,
        s.reason,
        s.component,
        s.counting,
        0 as object_hash
    from kubedigest.settled_hour as s
    where s.hour > :since - interval '1 hour' and s.hour < :until
)

select
    *,
    dense_rank() over (
        order by
            workload, reason, namespace, cluster, workload_kind, type, component, counting
    )::integer as combination
from found
