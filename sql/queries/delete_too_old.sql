-- Purpose: refuse observations from before the horizon.
-- Grain: one row an observation of the batch. Parameters: none. Index: none, the batch is small.
delete from kubedigest_stage_1 as s
using kubedigest.retention as r
where case when s.claimed - s.received > interval '5 minutes' then s.received else s.claimed end
    < r.horizon
