-- Purpose: look for new commits by their index also where the planner knows no better: a block
-- range index has no statistics of its own, and reading the table would cost seconds.
-- Grain: none. Parameters: none. Index: none.
set local enable_seqscan = off
