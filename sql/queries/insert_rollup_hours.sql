-- Purpose: put in the hours that changed.
-- Grain: one row an hour and key, in key order. Parameters: none. Index: rollup_hour_pkey.
insert into kubedigest.rollup_hour
select h.*
from kubedigest_rollup_hour_1 as h
inner join kubedigest_rollup_changed_1 as c using (key_id)
order by h.hour, h.key_id
