-- Purpose: take out the slots in [since, until). Those before the horizon stay: their points are
-- gone. Grain: one row a slot and cluster. Index: rollup_slot_pkey.
-- Parameters: since, until (timestamptz).
delete from kubedigest.rollup_slot
where
    slot >= greatest(cast(:since as timestamptz), (select horizon from kubedigest.retention))
    and slot < :until
