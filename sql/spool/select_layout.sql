-- Purpose: tell the spool's own files, and their layout, from others.
-- Grain: one row. Parameters: none. Index: none.
select user_version
from pragma_user_version
