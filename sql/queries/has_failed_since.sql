-- Purpose: whether a workload has had a reason in [since, until).
-- Grain: one row. Index: event_workload, point_pkey.
-- Parameters: cluster, namespace, workload_kind, workload, reason, since, until (timestamptz).
select exists (
    select
    from kubedigest.event as e
    inner join kubedigest.point as p on p.birth = e.birth and p.event_id = e.event_id
    where
        left(e.workload, 128) = left(:workload, 128)
        and left(coalesce(e.reason, ''), 64) = left(:reason, 64)
        and e.workload = :workload
        and coalesce(e.reason, '') = :reason
        and e.cluster = :cluster
        and e.namespace = :namespace
        and e.workload_kind = :workload_kind
        and p.time >= :since
        and least(coalesce(p.previous_time, p.birth), p.time) < :until
) as has_failed
