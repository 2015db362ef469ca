-- Purpose: send the batch's events to the server. Grain: one row an event and set of attributes.
-- Parameters: rows in COPY's binary format, columns in the order of create_event_stage. Index: none.
copy kubedigest_event_stage_1 from stdin (format binary)
