-- Purpose: the record of applied migrations; made together with the first one.
-- Grain: one row a migration. Parameters: none. Index: its primary key.
create table if not exists kubedigest.schema_migration (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied timestamptz not null default now()
)
