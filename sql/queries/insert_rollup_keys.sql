-- Purpose: number the keys that are new.
-- Grain: one row a key. Parameters: none. Index: rollup_key_key_hash_key.
insert into kubedigest.rollup_key (key_hash, reason_id, namespace, workload_kind, workload)
select c.key_hash, r.reason_id, c.namespace, c.workload_kind, c.workload
from kubedigest_rollup_combination_1 as c
inner join kubedigest.rollup_reason as r on r.reason_hash = c.reason_hash
where
    not exists (
        select from kubedigest.rollup_key as k
        where k.key_hash = c.key_hash
    )
order by c.key_hash
