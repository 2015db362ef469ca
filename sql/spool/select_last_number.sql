-- Purpose: find the highest number that a batch has had. Grain: at most one row.
-- Parameters: none. Index: none.
select seq
from sqlite_sequence
where name = 'batch'
