-- Purpose: the batch's events before they are merged; the rows go with the transaction.
-- Grain: one row an event and set of attributes, which is nearly always one row an event; `number`
-- is the same for all rows of an event. Parameters: none. Index: none, it is read whole.
create temporary table if not exists kubedigest_event_stage_1 (
    number integer,
    birth timestamptz,
    event_id uuid,
    cluster text collate "C",
    namespace text collate "C",
    name text collate "C",
    counting text collate "C",
    type text collate "C",
    reason text collate "C",
    -- the least of the batch
    message text collate "C",
    kind text collate "C",
    object_namespace text collate "C",
    object text collate "C",
    workload_kind text collate "C",
    workload text collate "C",
    component text collate "C",
    host text collate "C",
    labels text collate "C",
    workload_rank smallint,
    redaction smallint
) on commit delete rows
