-- Purpose: note that workloads have said that they work again, after the last failure that was told.
-- Grain: one row a group. Index: live_group_pkey.
-- Parameters: notifier, events (jsonb array of cluster, namespace, workload_kind, workload, reason,
-- time).
update kubedigest.live_group as g
set recovered_by = e.reason
from jsonb_to_recordset(cast(:events as jsonb)) as e (
    cluster text, namespace text, workload_kind text, workload text, reason text, time timestamptz
)
where
    g.notifier = :notifier
    and g.recovery
    and g.last_time <= e.time
    and coalesce(g.latest ->> 'cluster', '') = e.cluster
    and coalesce(g.latest ->> 'namespace', '') = e.namespace
    and coalesce(g.latest ->> 'workload_kind', '') = e.workload_kind
    and coalesce(g.latest ->> 'workload', '') = e.workload
