-- Purpose: tell how large the file is with what the open transaction adds.
-- Grain: one row. Parameters: none. Index: none.
select page_count * page_size
from pragma_page_count, pragma_page_size
