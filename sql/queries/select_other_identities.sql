-- Purpose: other names of one cluster, and other clusters of one name.
-- Grain: one row a name or uid. Parameters: uid, cluster. Index: none, there is a row a cluster.
select cluster, last_seen
from kubedigest.cluster_identity
where (uid = :uid) <> (cluster = :cluster)
order by last_seen desc, cluster
