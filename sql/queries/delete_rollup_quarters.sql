-- Purpose: take out the quarters in [since, until).
-- Grain: one row a quarter and kind. Parameters: since, until. Index: rollup_quarter_pkey.
delete from kubedigest.rollup_quarter
where quarter >= :since and quarter < :until
