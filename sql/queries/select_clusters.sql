-- Purpose: the clusters the store has heard of, also when a window is empty.
-- Grain: one row a cluster. Parameters: none. Index: none; exact_slot and settled_hour are small.
select cluster from kubedigest.exact_slot
union
select cluster from kubedigest.settled_hour
order by cluster
