-- Purpose: make room for a new roll-up. What lies before the horizon stays: its points are gone.
-- Grain: one row of the table. Parameters: none. Index: rollup_object_pkey.
delete from kubedigest.rollup_object as t
using kubedigest.retention as r
where r.horizon = '-infinity' or t.day >= cast(r.horizon at time zone 'UTC' as date)
