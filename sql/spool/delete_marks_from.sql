-- Purpose: believe no mark that counts a lost batch among the stored ones.
-- Grain: one row a batch, from the lost one on. Parameters: batch_id. Index: primary key.
delete from mark
where batch_id >= :batch_id
