-- Purpose: slots before the horizon are not asked for any more: what they would set aside is gone.
-- Grain: one row a slot and cluster. Parameters: horizon (timestamptz). Index: exact_slot_pkey.
delete from kubedigest.exact_slot
where slot < :horizon - interval '20 minutes'
