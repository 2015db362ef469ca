-- Purpose: from now on older observations are refused. Grain: the one row of retention.
-- Parameters: horizon (timestamptz). Index: none.
update kubedigest.retention
set horizon = greatest(horizon, :horizon)
