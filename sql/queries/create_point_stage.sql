-- Purpose: the observations that have to be merged into stored points, before they are; the rows go
-- with the transaction.
-- Grain: one row an observation. Parameters: none. Index: none, it is read whole.
create temporary table if not exists kubedigest_point_stage_1 (
    birth timestamptz,
    event_id uuid,
    cumulative bigint,
    claimed timestamptz,
    received timestamptz,
    source text collate "C",
    message text collate "C"
) on commit delete rows
