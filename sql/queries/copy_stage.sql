-- Purpose: send a batch to the server. Grain: one row an observation.
-- Parameters: rows in COPY's text format, columns in the order of create_stage. Index: none.
copy kubedigest_stage_1 from stdin
