-- Purpose: whether a workload has had a reason since a time, by points that an earlier reading saw or
-- that prune has settled.
-- Grain: one row. Index: event_workload, point_pkey, settled_hour_pkey.
-- Parameters: cluster, namespace, workload_kind, workload, reason, since (timestamptz), seen (text of
-- the pg_snapshot of that reading).
select
    exists (
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
            and pg_visible_in_snapshot(p.commit_id::text::xid8, cast(:seen as pg_snapshot))
    )
    or exists (
        select
        from kubedigest.settled_hour as s
        where
            s.hour >= :since
            and s.cluster = :cluster
            and s.namespace = :namespace
            and s.workload_kind = :workload_kind
            and s.workload = :workload
            and s.reason = :reason
    ) as has_failed
