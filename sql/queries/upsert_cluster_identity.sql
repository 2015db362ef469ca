-- Purpose: note under which name a cluster is collected. Grain: one row a uid and name.
-- Parameters: uid, cluster, now. Index: cluster_identity_pkey.
insert into kubedigest.cluster_identity as c (uid, cluster, first_seen, last_seen)
values (:uid, :cluster, :now, :now)
on conflict (uid, cluster) do update
set last_seen = greatest(c.last_seen, excluded.last_seen)
