-- Purpose: tell this store from others.
-- Grain: one row. Parameters: none. Index: none.
select cast(id as text) as id
from kubedigest.store_identity
