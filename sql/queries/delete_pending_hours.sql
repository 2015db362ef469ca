-- Purpose: the hours in [since, until) are fresh.
-- Grain: one row an hour. Parameters: since, until (timestamptz). Index: rollup_pending_pkey.
delete from kubedigest.rollup_pending
where hour >= :since and hour < :until
