-- Purpose: since when there is anything of each cluster, to the quarter of an hour.
-- Grain: one row a cluster. Parameters: none. Index: rollup_quarter_pkey, read from its beginning.
select
    c.cluster,
    q.quarter
from (
    select
        cluster,
        array_agg(reason_id) as reason_ids
    from kubedigest.rollup_reason
    group by cluster
) as c
cross join lateral (
    select one.quarter
    from kubedigest.rollup_quarter as one
    where one.reason_id = any(c.reason_ids)
    order by one.quarter
    limit 1
) as q
