-- Purpose: set a connection to the spool up: one process, and on disk when a commit returns.
-- A rollback journal: a commit is in the file itself, and a batch is written once. The journal keeps
-- its room on the disk, so that batches can be removed from a full one.
-- Grain: none. Parameters: none. Index: none.
pragma locking_mode = exclusive;
pragma journal_mode = persist;
pragma journal_size_limit = 4194304;
pragma synchronous = full;
pragma cell_size_check = on;
