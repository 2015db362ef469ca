-- Purpose: the number of the migration that a version of kubedigest has to know to use this schema.
-- Grain: one row. Parameters: none. Index: none, one row.
select number
from kubedigest.schema_floor
