-- Purpose: note up to which cumulative count an event is settled.
-- Grain: one row an event to settle. Parameters: none. Index: event_pkey.
update kubedigest.event as e
set settled = s.settled
from kubedigest_settling_1 as s
where e.birth = s.birth and e.event_id = s.event_id and e.settled < s.settled
