-- What people have muted for a while. A mute is never deleted: a report of an earlier time shows
-- what was muted then.

create table kubedigest.mute (
    mute_id integer primary key generated always as identity,
    -- patterns as of file names, '' for anything; at least one of them asks for something
    cluster text collate "C" not null,
    namespace text collate "C" not null,
    kind text collate "C" not null,
    name text collate "C" not null,
    reason text collate "C" not null,
    because text not null,
    created_by text not null,
    created timestamptz not null,
    expires timestamptz not null check (expires > created),
    lifted timestamptz,
    lifted_by text not null default '',
    check (cluster <> '' or namespace <> '' or kind <> '' or name <> '' or reason <> '')
);

comment on table kubedigest.mute is 'what is kept out of the rows of digests, by whom, why, and until when';
