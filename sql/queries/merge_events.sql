-- Purpose: add the batch's events, or merge them into what is stored; lock them in key order.
-- Every event of the batch is locked until the end of the transaction, also those that do not
-- change: two writers of one event take turns, and taking the locks in one order cannot deadlock.
-- The message is merged by lower_messages, which has to see the old one.
-- Grain: one row an event. Parameters: none. Index: event_pkey.
insert into kubedigest.event as e (
    birth, event_id, cluster, namespace, name, counting, type, reason, message, kind,
    object_namespace, object, workload_rank, workload_kind, workload, component, host, labels,
    redaction
)
select
    birth, event_id, cluster, namespace, name, counting, type, reason, message, kind,
    object_namespace, object, workload_rank, workload_kind, workload, component, host, labels,
    redaction
from kubedigest_event_stage_1
order by birth, event_id
on conflict (birth, event_id) do update
set
    counting = least(e.counting, excluded.counting),
    type = least(e.type, excluded.type),
    reason = least(e.reason, excluded.reason),
    kind = least(e.kind, excluded.kind),
    object_namespace = least(e.object_namespace, excluded.object_namespace),
    object = least(e.object, excluded.object),
    workload_rank = least(e.workload_rank, excluded.workload_rank),
    workload_kind = case
        when (excluded.workload_rank, excluded.workload_kind, excluded.workload)
            < (e.workload_rank, e.workload_kind, e.workload)
        then excluded.workload_kind
        else e.workload_kind
    end,
    workload = case
        when (excluded.workload_rank, excluded.workload_kind, excluded.workload)
            < (e.workload_rank, e.workload_kind, e.workload)
        then excluded.workload
        else e.workload
    end,
    component = least(e.component, excluded.component),
    host = least(e.host, excluded.host),
    labels = least(e.labels, excluded.labels),
    redaction = least(e.redaction, excluded.redaction),
    commit_id = pg_current_xact_id()::text::bigint
where
    (
        least(e.counting, excluded.counting),
        least(e.type, excluded.type),
        least(e.reason, excluded.reason),
        least(e.kind, excluded.kind),
        least(e.object_namespace, excluded.object_namespace),
        least(e.object, excluded.object),
        least(e.component, excluded.component),
        least(e.host, excluded.host),
        least(e.labels, excluded.labels),
        least(e.redaction, excluded.redaction)
    ) is distinct from (
        e.counting,
        e.type,
        e.reason,
        e.kind,
        e.object_namespace,
        e.object,
        e.component,
        e.host,
        e.labels,
        e.redaction
    )
    or (excluded.workload_rank, excluded.workload_kind, excluded.workload)
    < (e.workload_rank, e.workload_kind, e.workload)
