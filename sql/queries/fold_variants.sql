-- Purpose: leave one row an event in the stage, where the batch shows an event with different
-- attributes. Columns merge as they do in merge_events; the message is the least one already.
-- Grain: one row an event that has several. Parameters: none. Index: none, the batch is small.
with variant as (
    delete from kubedigest_event_stage_1
    where number in (
        select number
        from kubedigest_event_stage_1
        group by number
        having count(*) > 1
    )
    returning *
)

insert into kubedigest_event_stage_1 (
    number, birth, event_id, cluster, namespace, name, counting, type, reason, message, kind,
    object_namespace, object, workload_rank, workload_kind, workload, component, host, labels,
    redaction
)
select
    number,
    birth,
    event_id,
    min(cluster),
    min(namespace),
    min(name),
    min(counting),
    min(type),
    min(reason),
    min(message),
    min(kind),
    min(object_namespace),
    min(object),
    min(workload_rank),
    (min(array[workload_rank::text, workload_kind, workload]))[2],
    (min(array[workload_rank::text, workload_kind, workload]))[3],
    min(component),
    min(host),
    min(labels),
    min(redaction)
from variant
group by number, birth, event_id
