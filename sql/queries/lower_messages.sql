-- Purpose: keep event.message the least of its points' messages. A point stores its message only
-- where it differs, so its points move along: those that had the old one by default get it
-- written out, those that have the new one lose theirs.
-- Grain: one row an event whose least message falls (rare). Parameters: none.
-- Index: event_pkey, point_pkey.
with lower as materialized (
    select e.birth, e.event_id, e.message as old_message, s.message as new_message
    from (
        select birth, event_id, min(message) as message
        from kubedigest_point_stage_1
        group by birth, event_id
    ) as s
    inner join kubedigest.event as e using (birth, event_id)
    where s.message < e.message
),

lowered as (
    update kubedigest.event as e
    set message = l.new_message, commit_id = pg_current_xact_id()::text::bigint
    from lower as l
    where e.birth = l.birth and e.event_id = l.event_id
)

update kubedigest.point as p
set message = case when p.message is null then l.old_message end
from lower as l
where
    p.birth = l.birth
    and p.event_id = l.event_id
    and (p.message is null or p.message = l.new_message)
