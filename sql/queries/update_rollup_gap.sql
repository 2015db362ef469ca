-- Purpose: say from which distance on two occurrences are two episodes.
-- Grain: one row. Parameters: gap (interval). Index: none.
update kubedigest.rollup_state
set gap = :gap
