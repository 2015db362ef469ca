-- Purpose: how many points of the stage the store does not have.
-- Grain: one value. Parameters: none. Index: point_pkey.
select count(*)
from (
    select distinct birth, event_id, cumulative
    from kubedigest_point_stage_1
) as s
where
    not exists (
        select
        from kubedigest.point as p
        where p.birth = s.birth and p.event_id = s.event_id and p.cumulative = s.cumulative
        offset 0
    )
