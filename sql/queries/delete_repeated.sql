-- Purpose: take out of the stage what the store knows already: observations that would change no
-- point. The offset keeps both look-ups by key, whatever the planner knows of the stage.
-- Grain: one row an observation. Parameters: none. Index: point_pkey, event_pkey.
delete from kubedigest_point_stage_1 as s
where exists (
    select
    from kubedigest.point as p
    where
        p.birth = s.birth
        and p.event_id = s.event_id
        and p.cumulative = s.cumulative
        and p.claimed <= s.claimed
        and p.received <= s.received
        and p.source <= s.source
        and s.message >= coalesce(
            p.message,
            (
                select e.message
                from kubedigest.event as e
                where e.birth = s.birth and e.event_id = s.event_id
            )
        )
    offset 0
)
