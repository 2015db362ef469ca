-- Purpose: read what a batch says of the watches' progress. Grain: at most one row.
-- Parameters: batch_id. Index: primary key.
select batch_id, version, checksum, content
from mark
where batch_id = :batch_id
