-- Purpose: add points above all that is stored of their events. The events are locked by
-- merge_events, and find_last_points has read them since: no other point can be in the way.
-- Grain: one row a point. Index: point_pkey.
-- Parameters: rows in COPY's binary format.
copy kubedigest.point (
    birth, event_id, cumulative, claimed, received, occurrences, previous_time, source, message
) from stdin (format binary)
