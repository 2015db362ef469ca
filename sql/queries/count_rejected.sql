-- Purpose: how many records were refused in [since, until). Grain: one value.
-- Parameters: since, until (timestamptz). Index: rejected_received.
select count(*)
from kubedigest.rejected
where received >= :since and received < :until
