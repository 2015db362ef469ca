-- Purpose: tell whether the roll-up is behind: hours are stale, or something was committed since.
-- Grain: one boolean. Parameters: cursor (bigint, a literal: the planner must see that it lies
-- behind all that is stored). Index: rollup_pending_pkey, point_commit_id, event_commit_id.
select
    exists (select from kubedigest.rollup_pending)
    or exists (select from kubedigest.rollup_touched)
    or exists (select from kubedigest.point where commit_id >= :cursor)
    or exists (select from kubedigest.event where commit_id >= :cursor)
