-- Purpose: an anchor says how far an event had come; it has no occurrence of its own any more.
-- Grain: one row an event to settle. Parameters: none. Index: point_pkey.
update kubedigest.point as p
set occurrences = 0
from kubedigest_settling_1 as s
where p.birth = s.birth and p.event_id = s.event_id and p.cumulative = s.settled
