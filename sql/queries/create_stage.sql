-- Purpose: the batch before it is merged; its rows go with the transaction.
-- Grain: one row an observation. Parameters: none. Index: none, it is read whole.
create temporary table if not exists kubedigest_stage_1 (
    birth timestamptz,
    event_id uuid,
    cumulative bigint,
    claimed timestamptz,
    received timestamptz,
    source text collate "C",
    cluster text collate "C",
    namespace text collate "C",
    name text collate "C",
    counting text collate "C",
    type text collate "C",
    reason text collate "C",
    message text collate "C",
    kind text collate "C",
    object_namespace text collate "C",
    object text collate "C",
    workload_rank smallint,
    workload_kind text collate "C",
    workload text collate "C",
    component text collate "C",
    host text collate "C",
    labels text collate "C",
    redaction smallint
) on commit delete rows
