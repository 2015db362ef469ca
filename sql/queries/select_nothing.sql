-- Purpose: see whether the server answers. Grain: one row. Parameters: none. Index: none.
select 1
