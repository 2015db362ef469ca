-- Purpose: send the observations that have to be merged. Grain: one row an observation.
-- Parameters: rows in COPY's binary format, columns in the order of create_point_stage. Index: none.
copy kubedigest_point_stage_1 from stdin (format binary)
