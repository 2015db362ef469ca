-- Purpose: how many records were refused since an instant. Grain: one value.
-- Parameters: since (timestamptz). Index: rejected_received.
select count(*)
from kubedigest.rejected
where received >= :since
