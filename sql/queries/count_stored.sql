-- Purpose: how many observations of the batch added or changed something.
-- Grain: one value; equal observations of one batch count once. Parameters: none.
-- Index: point_pkey, event_pkey.
select count(*)
from (
    select distinct on (birth, event_id, cumulative, claimed, message) birth, event_id, cumulative
    from kubedigest_stage_1
) as s
inner join kubedigest.point as p using (birth, event_id, cumulative)
inner join kubedigest.event as e using (birth, event_id)
where pg_current_xact_id()::text::bigint in (p.commit_id, e.commit_id)
