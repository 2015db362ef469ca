-- Who may do what. The rights of each role are rows, so that they can be read, checked and given
-- again; a role without a row for a table may not even look at it.
--
-- Roles belong to the server, not to a database, and making them may be forbidden: then they are
-- missing until somebody makes them, and "kubedigest db grants" gives them their rights. Who runs
-- the migrations owns the tables, may do everything, and needs no row. A migration that adds a
-- table adds its rows and ends with: select kubedigest.grant_rights();

create table kubedigest.role_right (
    role text collate "C" not null
        check (role in ('kubedigest_collector', 'kubedigest_reporter', 'kubedigest_notifier')),
    -- schema and name, a pattern of LIKE: a table that is not there yet needs no right
    relation text collate "C" not null,
    privileges text[] not null,
    columns text[],  -- null: all of them
    primary key (role, relation)
);

comment on table kubedigest.role_right is 'what each role may do with which table (docs/operations.md)';

insert into kubedigest.role_right (role, relation, privileges, columns)
select r.role, t.relation, string_to_array(t.privileges, ' '), t.columns
from (
    values
    -- appends events, and says how far it has come
    ('{collector}', 'kubedigest.event', 'select insert update', null),
    ('{collector}', 'kubedigest.point', 'select insert update', null),
    ('{collector}', 'kubedigest.exact_slot', 'select insert', null),
    ('{collector}', 'kubedigest.rollup\_touched', 'insert', null),
    ('{collector}', 'kubedigest.watch', 'select insert update', null),
    ('{collector}', 'kubedigest.coverage', 'select insert update', null),
    ('{collector}', 'kubedigest.cluster\_identity', 'select insert update', null),
    -- old bodies go when new ones come, and what can be read after a fix leaves
    ('{collector}', 'kubedigest.rejected', 'select insert delete', null),

    -- reads, keeps the roll-up up to date, and writes down what was sent and muted
    ('{reporter}', 'kubedigest.settled\_hour', 'select', null),
    ('{reporter}', 'kubedigest.rollup\_reason', 'select insert', null),
    ('{reporter}', 'kubedigest.rollup\_key', 'select insert', null),
    ('{reporter}', 'kubedigest.rollup\_hour', 'select insert update delete', null),
    ('{reporter}', 'kubedigest.rollup\_day', 'select insert update delete', null),
    ('{reporter}', 'kubedigest.rollup\_object', 'select insert update delete', null),
    ('{reporter}', 'kubedigest.rollup\_quarter', 'select insert update delete', null),
    ('{reporter}', 'kubedigest.rollup\_slot', 'select insert update delete', null),
    ('{reporter}', 'kubedigest.rollup\_pending', 'select insert delete', null),
    ('{reporter}', 'kubedigest.rollup\_touched', 'select delete', null),
    ('{reporter}', 'kubedigest.rollup\_state', 'select update', null),
    ('{reporter}', 'kubedigest.delivery', 'select insert update', null),
    -- how many records were refused and why, never what they said
    ('{reporter}', 'kubedigest.rejected', 'select', '{cluster,source,reason,received}'::text[]),
    ('{reporter}', 'public.delivery', 'select', null),
    ('{reporter}', 'public.notification', 'select', null),

    -- reads what is new, and writes down what was told
    ('{notifier}', 'kubedigest.live\_%', 'select insert update delete', null),
    ('{notifier}', 'public.notification', 'select', null),

    ('{reporter,notifier}', 'kubedigest.event', 'select', null),
    ('{reporter,notifier}', 'kubedigest.point', 'select', null),
    ('{reporter,notifier}', 'kubedigest.point\_with\_event', 'select', null),
    ('{reporter,notifier}', 'kubedigest.exact\_slot', 'select', null),
    ('{reporter,notifier}', 'kubedigest.watch', 'select', null),
    ('{reporter,notifier}', 'kubedigest.coverage', 'select', null),
    ('{reporter,notifier}', 'kubedigest.channel\_pace', 'select insert update', null),
    ('{reporter,notifier}', 'kubedigest.store\_identity', 'select', null),
    ('{reporter,notifier}', 'public.event', 'select', null),
    ('{reporter,notifier}', 'public.coverage', 'select', null),
    -- a person mutes, and both keep what is muted out
    ('{reporter}', 'kubedigest.mute', 'select insert update', null),
    ('{notifier}', 'kubedigest.mute', 'select', null),

    ('{collector,reporter,notifier}', 'kubedigest.retention', 'select', null),
    ('{collector,reporter,notifier}', 'kubedigest.schema\_migration', 'select', null),
    ('{collector,reporter,notifier}', 'kubedigest.schema\_floor', 'select', null),
    ('{collector,reporter,notifier}', 'kubedigest.relation\_right', 'select', null)
) as t (roles, relation, privileges, columns)
cross join lateral (
    select 'kubedigest_' || purpose as role
    from unnest(t.roles::text[]) as purpose
) as r;

-- One row. A kubedigest whose newest migration is at least this one may use this schema, also where
-- later migrations were applied: they only add what it does not ask for. One that takes something
-- away raises it.
create table kubedigest.schema_floor (
    only_row boolean primary key default true check (only_row),
    number integer not null
);

insert into kubedigest.schema_floor (number) values (7);

-- The tables and views that each right is about.
create view kubedigest.relation_right as
select
    r.role,
    c.oid::regclass as relation,
    r.privileges,
    r.columns
from kubedigest.role_right as r
inner join pg_catalog.pg_namespace as n on n.nspname in ('kubedigest', 'public')
inner join pg_catalog.pg_class as c
    on
        c.relnamespace = n.oid
        and c.relkind in ('r', 'p', 'v')
        and n.nspname || '.' || c.relname like r.relation;

-- Make the roles where that is allowed, and give those that exist their rights, taking from them
-- what they had in the schema before. Returns the roles that do not exist.
create function kubedigest.grant_rights() returns setof text language plpgsql as $$
declare
    given record;
begin
    for given in select distinct role from kubedigest.role_right order by role loop
        begin
            if to_regrole(given.role) is null then
                execute format('create role %I nologin', given.role);
            end if;
        exception
            -- not allowed; or made meanwhile, for another database of the server
            when insufficient_privilege or duplicate_object or unique_violation then null;
        end;
        if to_regrole(given.role) is null then
            return next given.role;
        else
            execute format('grant usage on schema kubedigest to %I', given.role);
            execute format('revoke all on all tables in schema kubedigest from %I', given.role);
        end if;
    end loop;
    for given in
        select
            r.role,
            r.relation::text as relation,
            case
                when r.columns is null then p.privilege
                else p.privilege || ' (' || array_to_string(r.columns, ', ') || ')'
            end as privilege
        from kubedigest.relation_right as r
        cross join lateral unnest(r.privileges) as p (privilege)
        where to_regrole(r.role) is not null
    loop
        execute format('grant %s on %s to %I', given.privilege, given.relation, given.role);
    end loop;
end
$$;

select kubedigest.grant_rights();
