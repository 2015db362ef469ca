-- Purpose: the cluster of each kind of event. Grain: one row a kind.
-- Parameters: reasons (int[]). Index: rollup_reason_pkey.
select reason_id, cluster
from kubedigest.rollup_reason
where reason_id = any(:reasons)
