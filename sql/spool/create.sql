-- Purpose: make an empty spool, an SQLite file beside the collector for when PostgreSQL is away.
-- Grain: one row a batch; a mark row has what the batch says of the watches' progress.
-- Parameters: none. Index: none yet.
pragma auto_vacuum = incremental;
pragma user_version = 1;

-- numbers are never used twice, so that nobody removes another batch than the one it has stored
create table batch (
    batch_id integer primary key autoincrement,
    version integer not null,
    checksum integer not null,
    content blob not null
);

create table mark (
    batch_id integer primary key,
    version integer not null,
    checksum integer not null,
    content blob not null
);

-- batches that cannot be read, kept for whoever wants to look
create table damaged (
    damaged_id integer primary key,
    batch_id integer,
    version integer,
    checksum integer,
    content blob,
    reason text not null
);
