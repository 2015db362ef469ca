-- Purpose: set a connection up that reads what is left of a damaged file, also of one that is cut.
-- Grain: none. Parameters: none. Index: none.
pragma writable_schema = on;
pragma locking_mode = exclusive;
pragma journal_mode = persist;
