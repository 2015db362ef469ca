-- Purpose: the settled points go; the anchor stays.
-- Grain: one row a point below an anchor. Parameters: none. Index: point_pkey.
delete from kubedigest.point as p
using kubedigest_settling_1 as s
where p.birth = s.birth and p.event_id = s.event_id and p.cumulative < s.settled
