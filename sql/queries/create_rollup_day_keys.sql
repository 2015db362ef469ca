-- Purpose: the keys that have hours left in a UTC day, to sum the day anew for all of them.
-- Grain: one row a key. Parameters: since (timestamptz). Index: rollup_hour_pkey.
create temporary table kubedigest_rollup_changed_1 on commit drop as
select distinct key_id
from kubedigest.rollup_hour
where
    hour >= date_trunc('day', cast(:since as timestamptz), 'UTC')
    and hour < date_trunc('day', cast(:since as timestamptz), 'UTC') + interval '1 day'
