-- Purpose: make room for a new roll-up. What lies before the horizon stays: its points are gone.
-- Grain: one row of the table. Parameters: none. Index: rollup_hour_pkey.
delete from kubedigest.rollup_hour as t
using kubedigest.retention as r
where t.hour >= r.horizon
