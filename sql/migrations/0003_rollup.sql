-- The roll-up: counted occurrences by time, workload and reason, in a form that merges.
--
-- It is derived from points and settled hours, and can be made anew from them (db rebuild). What
-- becomes stale is noted by hour in rollup_pending; whoever reads it first brings it up to date.
--
-- An episode is a run of occurrences of one key without a gap longer than rollup_state.gap. Rows
-- count the episodes that begin in them; the one that a row's first occurrence continues began in
-- an earlier row. So the episodes of any stretch are the sum of those that begin in its rows, and
-- one more where its first occurrence continues one.

-- What kind of event: enough to tell failures from noise.
create table kubedigest.rollup_reason (
    reason_id integer primary key generated always as identity,
    -- SHA-256 over the texts below: they may be longer than an index entry can hold
    reason_hash bytea not null unique,
    cluster text collate "C" not null,
    type text collate "C" not null,
    reason text collate "C" not null,
    component text collate "C" not null,
    counting text collate "C" not null
);

-- What kind of event of which workload: the key of the roll-up.
create table kubedigest.rollup_key (
    key_id integer primary key generated always as identity,
    key_hash bytea not null unique,
    reason_id integer not null references kubedigest.rollup_reason,
    namespace text collate "C" not null,
    workload_kind text collate "C" not null,
    workload text collate "C" not null
);

create table kubedigest.rollup_hour (
    hour timestamptz not null,
    key_id integer not null,
    occurrences bigint not null check (occurrences > 0),
    first_time timestamptz not null,
    last_time timestamptz not null,
    -- episodes that begin in this hour, and when the first and the last of them do; infinity and
    -- -infinity where none does
    begun integer not null,
    first_begun timestamptz not null,
    last_begun timestamptz not null,
    -- the first occurrence belongs to an episode that began before this hour
    continued boolean not null,
    primary key (hour, key_id)
);

comment on table kubedigest.rollup_hour is 'one row an hour and key with a counted occurrence';

-- The same by UTC day, summed from the hours: most of a long window is whole days.
create table kubedigest.rollup_day (
    day date not null,
    key_id integer not null,
    occurrences bigint not null,
    first_time timestamptz not null,
    last_time timestamptz not null,
    begun integer not null,
    first_begun timestamptz not null,
    last_begun timestamptz not null,
    continued boolean not null,
    primary key (day, key_id)
);

-- Which involved objects: distinct objects of any stretch are counted, not summed.
create table kubedigest.rollup_object (
    day date not null,
    key_id integer not null,
    object_hash bigint not null, -- kubedigest.object_hash
    hours integer not null, -- bit h: it has an occurrence in UTC hour h of the day
    primary key (day, key_id, object_hash)
);

-- Every quarter of an hour of a reason: all zones of today have offsets of whole quarters, so
-- histograms, heat maps and long trends of any zone are sums of these.
create table kubedigest.rollup_quarter (
    quarter timestamptz not null,
    reason_id integer not null,
    occurrences bigint not null check (occurrences > 0),
    primary key (quarter, reason_id)
);

-- What was seen of a cluster in five minutes, counted or not.
create table kubedigest.rollup_slot (
    slot timestamptz not null,
    cluster text collate "C" not null,
    events bigint not null, -- whose first occurrence lies here
    suspect_points bigint not null,
    suspect_occurrences bigint not null,
    set_aside_points bigint not null,
    skewed_points bigint not null,
    -- the first and last sighting: a point of any event, or an occurrence that was read with it;
    -- infinity and -infinity for none
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    primary key (slot, cluster)
);

-- One row. Points with a commit_id below the cursor are in the roll-up or in rollup_pending.
create table kubedigest.rollup_state (
    only_row boolean primary key default true check (only_row),
    cursor bigint not null default 0,
    gap interval not null default '10 minutes' check (
        gap >= interval '1 second' and gap <= interval '1 hour'
    )
);

insert into kubedigest.rollup_state default values;

-- Hours whose roll-up is stale.
create table kubedigest.rollup_pending (
    hour timestamptz primary key
);

-- Where a stored point was that a later observation has moved: those hours are stale too.
create table kubedigest.rollup_touched (
    start_time timestamptz not null,
    end_time timestamptz not null,
    commit_id bigint not null default (pg_current_xact_id()::text::bigint)
);

-- an exact point sets rows without identity aside, which changes hours that it does not lie in
alter table kubedigest.exact_slot
    add column commit_id bigint not null default (pg_current_xact_id()::text::bigint);

create index event_commit_id on kubedigest.event using brin (commit_id)
    with (autosummarize = on);

-- the events of one workload and reason; texts are cut to what an index entry can hold
create index event_workload on kubedigest.event (
    left(workload, 128), left(coalesce(reason, ''), 64), birth
);

-- the few points whose occurrences reach over more than a quarter of an hour: all others lie within
-- that of the time by which they are found. Clients repeat an event that goes on every five minutes.
create index point_long on kubedigest.point using gist (
    tstzrange(least(coalesce(previous_time, birth), time), time, '[]')
) where time - coalesce(previous_time, birth) > interval '15 minutes';

-- The points whose occurrences may lie in [since, until), whatever else the store holds.
create function kubedigest.points_between(since timestamptz, until timestamptz)
returns setof kubedigest.point language sql stable parallel safe as $$
    select *
    from kubedigest.point
    where
        time >= since
        and time < until + interval '15 minutes'
        and least(coalesce(previous_time, birth), time) < until
    union all
    select *
    from kubedigest.point
    where
        time >= until + interval '15 minutes'
        and time - coalesce(previous_time, birth) > interval '15 minutes'
        and tstzrange(least(coalesce(previous_time, birth), time), time, '[]')
        && tstzrange(since, until)
$$;

-- An involved object as a number, 0 where it is not known. Two objects of a store are confused
-- with a probability of about n^2 / 2^65.
create function kubedigest.object_hash(cluster text, kind text, namespace text, object text)
returns bigint language sql immutable parallel safe as $$
    select case when coalesce(kind, '') = '' and coalesce(object, '') = '' then 0 else (
        'x' || left(md5(
            length(cluster) || ':' || cluster || length(coalesce(kind, '')) || ':'
            || coalesce(kind, '') || length(coalesce(namespace, '')) || ':'
            || coalesce(namespace, '') || coalesce(object, '')
        ), 16)
    )::bit(64)::bigint end
$$;
