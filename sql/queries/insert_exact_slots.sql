-- Purpose: note the ten-minute slots in which a cluster has exact points, by the time that each
-- observation claims: a function of the set of observations, whatever was merged before.
-- Grain: one row a slot and cluster. Parameters: none. Index: exact_slot_pkey.
insert into kubedigest.exact_slot (slot, cluster)
select distinct
    to_timestamp(floor(extract(epoch from claimed) / 600) * 600) as slot,
    cluster
from kubedigest_stage_1
where counting = 'exact'
order by slot, cluster
on conflict (slot, cluster) do nothing
