-- Purpose: the objects of the fresh hours. Grain: one row a day, key and object. Index: none.
-- Parameters: rows in COPY's binary format.
copy kubedigest_rollup_object_1 (day, key_id, object_hash, hours) from stdin (format binary)
