-- Purpose: add what a batch says of the watches' progress. Grain: one row.
-- Parameters: batch_id, version, checksum, content. Index: primary key.
insert into mark (batch_id, version, checksum, content)
values (:batch_id, :version, :checksum, :content)
