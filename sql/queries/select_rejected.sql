-- Purpose: list refused records, the latest first.
-- Grain: one row a record. Parameters: most (bigint, null for all). Index: rejected_received.
select rejected_id, cluster, source, place, reason, raw, received
from kubedigest.rejected
order by received desc, rejected_id
limit :most
