-- Purpose: forget what was sent of periods before the horizon.
-- Grain: one row a digest and channel. Parameters: horizon. Index: delivery_updated.
delete from kubedigest.delivery
where end_time < :horizon
    and updated < :horizon
    and state not in ('claimed', 'sending')
