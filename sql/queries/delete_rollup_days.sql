-- Purpose: take out the days of [since, until) of the keys that change.
-- Grain: one row a day and key. Parameters: since, until (timestamptz). Index: rollup_day_pkey.
delete from kubedigest.rollup_day as d
using kubedigest_rollup_changed_1 as c
where
    d.day >= cast(cast(:since as timestamptz) at time zone 'UTC' as date)
    and cast(d.day as timestamp) at time zone 'UTC' < :until
    and d.key_id = c.key_id
