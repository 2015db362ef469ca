-- Purpose: what was seen of each cluster, by five minutes.
-- Grain: one row a slot and cluster. Parameters: since, until (timestamptz, whole slots),
-- in the driver's style.
-- Index: rollup_slot_pkey.
select
    cast(extract(epoch from slot) * 1000000 as bigint) as slot,
    cluster,
    events,
    suspect_points,
    suspect_occurrences,
    set_aside_points,
    skewed_points,
    case
        when first_seen = 'infinity' then 9223372036854775807
        else cast(extract(epoch from first_seen) * 1000000 as bigint)
    end as first_seen,
    case
        when last_seen = '-infinity' then -9223372036854775808
        else cast(extract(epoch from last_seen) * 1000000 as bigint)
    end as last_seen
from kubedigest.rollup_slot
where slot >= %(since)s and slot < %(until)s
order by slot, cluster
