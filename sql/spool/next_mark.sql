-- Purpose: read the mark that follows another one. Grain: at most one row.
-- Parameters: after. Index: primary key.
select batch_id, version, checksum, content
from mark
where batch_id > :after
order by batch_id
limit 1
