-- Purpose: find pages that contradict each other; one row 'ok' where there are none.
-- Grain: one row a problem. Parameters: none. Index: none.
pragma quick_check (1)
