-- Purpose: the fresh quarters. Grain: one row a quarter and kind of event. Index: none.
-- Parameters: rows in COPY's binary format.
copy kubedigest.rollup_quarter (quarter, reason_id, occurrences) from stdin (format binary)
