-- Purpose: tell whether any migration was ever applied (null: none).
-- Grain: one value. Parameters: none. Index: the catalogue's own.
select to_regclass('kubedigest.schema_migration')::text
