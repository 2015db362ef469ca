-- Purpose: how far the roll-up follows the points, and up to which commit it may follow them now:
-- every commit below "settled" is visible to the next statement.
-- Grain: one row. Parameters: none. Index: none, one row.
select
    s.cursor,
    s.gap,
    nullif(r.horizon, '-infinity') as horizon,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint as settled
from kubedigest.rollup_state as s
cross join kubedigest.retention as r
