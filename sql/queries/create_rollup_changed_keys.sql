-- Purpose: the keys whose hours in [since, until) change: the day is summed anew for these only.
-- Grain: one row a key. Parameters: since, until (timestamptz). Index: rollup_hour_pkey.
create temporary table kubedigest_rollup_changed_1 on commit drop as
select key_id
from (
    (
        select * from kubedigest.rollup_hour where hour >= :since and hour < :until
        except
        select * from kubedigest_rollup_hour_1
    )
    union all
    (
        select * from kubedigest_rollup_hour_1
        except
        select * from kubedigest.rollup_hour where hour >= :since and hour < :until
    )
) as different
group by key_id
