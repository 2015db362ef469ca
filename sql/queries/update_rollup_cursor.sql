-- Purpose: note that every commit below the cursor is in the roll-up or pending.
-- Grain: one row. Parameters: cursor (bigint). Index: none.
update kubedigest.rollup_state
set cursor = :cursor
