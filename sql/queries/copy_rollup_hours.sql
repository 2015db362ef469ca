-- Purpose: the fresh hours. Grain: one row an hour and key. Index: none.
-- Parameters: rows in COPY's binary format.
copy kubedigest_rollup_hour_1 (
    hour, key_id, occurrences, first_time, last_time, begun, first_begun, last_begun, continued
) from stdin (format binary)
