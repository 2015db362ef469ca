-- Purpose: make room for a new roll-up. What lies before the horizon stays: its points are gone.
-- Grain: one row of the table. Parameters: none. Index: rollup_slot_pkey.
delete from kubedigest.rollup_slot as t
using kubedigest.retention as r
where t.slot >= r.horizon
