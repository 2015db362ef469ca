-- Purpose: note in which hours of the day which object was seen.
-- Grain: one row a day, key and object. Parameters: none. Index: rollup_object_pkey.
insert into kubedigest.rollup_object as o (day, key_id, object_hash, hours)
select day, key_id, object_hash, hours
from kubedigest_rollup_object_1
order by day, key_id, object_hash
on conflict (day, key_id, object_hash) do update
set hours = o.hours | excluded.hours
where o.hours | excluded.hours <> o.hours
