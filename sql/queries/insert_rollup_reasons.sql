-- Purpose: number the kinds of events that are new.
-- Grain: one row a kind. Parameters: none. Index: rollup_reason_reason_hash_key.
insert into kubedigest.rollup_reason (reason_hash, cluster, type, reason, component, counting)
select distinct on (c.reason_hash)
    c.reason_hash, c.cluster, c.type, c.reason, c.component, c.counting
from kubedigest_rollup_combination_1 as c
where
    not exists (
        select from kubedigest.rollup_reason as r
        where r.reason_hash = c.reason_hash
    )
order by c.reason_hash
