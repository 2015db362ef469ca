-- Purpose: keep a record that could not become an observation. Reading it again adds nothing.
-- Grain: one row a distinct record of a cluster. Parameters: rejected_id, cluster, source, place,
-- reason, raw, redaction, received. Index: rejected_pkey.
insert into kubedigest.rejected (
    rejected_id, cluster, source, place, reason, raw, redaction, received
)
values (:rejected_id, :cluster, :source, :place, :reason, :raw, :redaction, :received)
on conflict (rejected_id) do nothing
