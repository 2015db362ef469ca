-- Purpose: how many records were refused since an instant. Grain: one row a cluster with any.
-- Parameters: since (timestamptz). Index: rejected_received.
select
    cluster,
    count(*) as records
from kubedigest.rejected
where received >= :since
group by cluster
