-- Purpose: tell whether the roll-up is behind: hours are stale, or something was committed since.
-- Grain: one boolean. Parameters: none. Index: rollup_pending_pkey, point_commit_id, event_commit_id.
select
    exists (select from kubedigest.rollup_pending)
    or exists (
        select from kubedigest.point
        where commit_id >= (select cursor from kubedigest.rollup_state)
    )
    or exists (
        select from kubedigest.event
        where commit_id >= (select cursor from kubedigest.rollup_state)
    )
    or exists (select from kubedigest.rollup_touched)
