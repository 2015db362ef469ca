-- Purpose: count the batches that wait. Grain: one row. Parameters: none. Index: primary key.
select count(*)
from batch
