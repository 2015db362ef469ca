-- Purpose: the keys of these events. Grain: one row a key. Parameters: none. Index: none.
create temporary table kubedigest_rollup_combination_1 on commit drop as
select
    *,
    sha256(convert_to(
        jsonb_build_array(cluster, type, reason, component, counting)::text, 'UTF8'
    )) as reason_hash,
    sha256(convert_to(
        jsonb_build_array(
            cluster, type, reason, component, counting, namespace, workload_kind, workload
        )::text,
        'UTF8'
    )) as key_hash
from (
    select distinct on (combination)
        combination, cluster, type, reason, component, counting, namespace, workload_kind, workload
    from kubedigest_rollup_event_1
) as c
