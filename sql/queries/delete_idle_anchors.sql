-- Purpose: drop events that were idle for another full retention period and have nothing left to
-- settle: their anchor, and what suspect points they have. A claimed time ahead of receipt counts
-- as life, or the same claim would be taken for a new event when it is read again.
-- Grain: one row an event. Parameters: idle_before (timestamptz). Index: point_time, point_pkey.
with old as (
    select distinct birth, event_id
    from kubedigest.point
    where time < :idle_before
),

idle as (
    select old.birth, old.event_id
    from old
    where not exists (
        select from kubedigest.point as p
        where
            p.birth = old.birth
            and p.event_id = old.event_id
            and (
                p.time >= :idle_before
                or p.claimed >= :idle_before
                or (
                    p.occurrences > 0
                    and not kubedigest.is_suspect(
                        p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
                    )
                )
            )
    )
),

gone as (
    delete from kubedigest.point as p
    using idle as i
    where p.birth = i.birth and p.event_id = i.event_id
)

delete from kubedigest.event as e
using idle as i
where e.birth = i.birth and e.event_id = i.event_id
