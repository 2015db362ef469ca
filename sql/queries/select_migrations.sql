-- Purpose: list what was applied. Grain: one row a migration. Parameters: none. Index: none needed.
select number, name, checksum
from kubedigest.schema_migration
order by number
