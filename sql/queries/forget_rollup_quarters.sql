-- Purpose: make room for a new roll-up. What lies before the horizon stays: its points are gone.
-- Grain: one row of the table. Parameters: none. Index: rollup_quarter_pkey.
delete from kubedigest.rollup_quarter as t
using kubedigest.retention as r
where t.quarter >= r.horizon
