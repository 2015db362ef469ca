-- Purpose: refused records are kept as long as points are.
-- Grain: one row a record. Parameters: horizon (timestamptz). Index: rejected_received.
delete from kubedigest.rejected
where received < :horizon
