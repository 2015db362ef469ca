-- Purpose: compiling a report's query costs more than running it.
-- Grain: none. Parameters: none. Index: none.
set local jit = off
