-- Purpose: take out the hours in [since, until) that change.
-- Grain: one row an hour and key. Parameters: since, until (timestamptz). Index: rollup_hour_pkey.
delete from kubedigest.rollup_hour as h
using kubedigest_rollup_changed_1 as c
where h.hour >= :since and h.hour < :until and h.key_id = c.key_id
