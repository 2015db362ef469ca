-- Purpose: find what a digest said when it was sent.
-- Grain: at most one row. Parameters: the key. Index: delivery_pkey.
select digest
from kubedigest.delivery
where channel = :channel
    and stands_in_for = :stands_in_for
    and report = :report
    and start_time = :start_time
    and end_time = :end_time
    and timezone = :timezone
