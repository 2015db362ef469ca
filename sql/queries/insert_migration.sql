-- Purpose: note that a migration was applied. Grain: one row.
-- Parameters: number, name, checksum. Index: schema_migration_pkey.
insert into kubedigest.schema_migration (number, name, checksum)
values (:number, :name, :checksum)
