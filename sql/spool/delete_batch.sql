-- Purpose: forget a batch that is stored elsewhere. Grain: one row.
-- Parameters: batch_id. Index: primary key.
delete from batch
where batch_id = :batch_id
