-- Purpose: forget the mark of a batch. Grain: one row. Parameters: batch_id. Index: primary key.
delete from mark
where batch_id = :batch_id
