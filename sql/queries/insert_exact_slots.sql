-- Purpose: note the ten-minute slots in which a cluster has exact points, by the time that each
-- observation claims: a function of the set of observations, whatever was merged before.
-- Grain: one row a slot and cluster, in key order. Index: exact_slot_pkey.
-- Parameters: slots (timestamptz[]), clusters (text[]) of one length, in the driver's style.
insert into kubedigest.exact_slot (slot, cluster)
select slot, cluster
from unnest(%(slots)s::timestamptz [], %(clusters)s::text []) as given (slot, cluster)
order by slot, cluster collate "C"
on conflict (slot, cluster) do nothing
