-- Purpose: drop anchors that were idle for another full retention period, with their events.
-- Grain: one row an event. Parameters: idle_before (timestamptz). Index: point_time, point_pkey.
with gone as (
    delete from kubedigest.point as p
    where
        p.time < :idle_before
        and p.occurrences = 0
        and not exists (
            select from kubedigest.point as other
            where
                other.birth = p.birth
                and other.event_id = p.event_id
                and other.cumulative <> p.cumulative
        )
    returning p.birth, p.event_id
)

delete from kubedigest.event as e
using gone as g
where e.birth = g.birth and e.event_id = g.event_id
