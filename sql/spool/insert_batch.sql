-- Purpose: add a batch at the end. Grain: one row.
-- Parameters: batch_id (null for the next), version, checksum, content. Index: primary key.
insert into batch (batch_id, version, checksum, content)
values (:batch_id, :version, :checksum, :content)
