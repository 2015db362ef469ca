-- Purpose: keep a batch that cannot be read where nobody tries to read it again.
-- Grain: one row. Parameters: batch_id, reason. Index: primary key.
insert into damaged (batch_id, version, checksum, content, reason)
select batch_id, version, checksum, content, :reason
from batch
where batch_id = :batch_id
