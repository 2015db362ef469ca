-- The counting store: events, their points, and what is needed to read them right.
--
-- Identity of an event: (birth, cluster, namespace, name). event_id is the 128-bit hash of
-- (cluster, namespace, name), computed by the writer, so that a point needs no look-up and every
-- store gives an event the same key. Birth stands first in every key: new events land on the same
-- few pages, and both tables can be range-partitioned by birth without a rewrite.
--
-- Every column merges by a rule that does not depend on order: the least value wins; the workload
-- found in the better way wins; null is a value that was not given, and gives way to any other.
-- Text columns are collated "C": comparing is fast and the same on every server.

create schema if not exists kubedigest;

create table kubedigest.event (
    birth timestamptz not null,
    event_id uuid not null,
    cluster text collate "C" not null,
    namespace text collate "C" not null,
    name text collate "C" not null,
    counting text collate "C" not null check (counting in ('exact', 'requests', 'approximate')),
    type text collate "C",
    reason text collate "C",
    -- the least message of all points; a point stores its own only where it differs
    message text collate "C" not null,
    kind text collate "C",
    object_namespace text collate "C",
    object text collate "C",
    -- how the workload was found, best first: 0 the involved object itself, 1 ownerReferences,
    -- 2 look-up, 3 a node's name in the data, 4 Kubernetes' naming rules
    workload_rank smallint not null check (workload_rank between 0 and 4),
    workload_kind text collate "C" not null,
    workload text collate "C" not null,
    component text collate "C",
    host text collate "C",
    labels text collate "C",
    redaction smallint not null,
    -- occurrences up to this cumulative count are settled: they live in kubedigest.settled_hour
    settled bigint not null default 0 check (settled >= 0),
    commit_id bigint not null default (pg_current_xact_id()::text::bigint),
    primary key (birth, event_id)
);

comment on table kubedigest.event is 'one row a Kubernetes event, across re-creation';

-- rows without identity are matched to earlier ones by the hash in their name
create index event_approximate on kubedigest.event (name) where counting = 'approximate';

create table kubedigest.point (
    birth timestamptz not null,
    event_id uuid not null,
    cumulative bigint not null check (cumulative >= 1),
    claimed timestamptz not null,
    received timestamptz not null,
    -- a time more than five minutes ahead of receipt is kept in claimed and read as received
    time timestamptz not null generated always as (
        case when claimed - received > interval '5 minutes' then received else claimed end
    ) stored,
    -- derived from the neighbours in cumulative order; null: the event's first point
    occurrences bigint not null check (occurrences >= 0),
    previous_time timestamptz,
    source text collate "C" not null check (source in ('file', 'watch', 'webhook')),
    message text collate "C",
    commit_id bigint not null default (pg_current_xact_id()::text::bigint),
    primary key (birth, event_id, cumulative)
);

comment on table kubedigest.point is
    'one row a point: at this time the cumulative count of the event was this';

create index point_time on kubedigest.point (time);

-- readers follow commits by it; it grows with the table, so a block range index is enough
create index point_commit_id on kubedigest.point using brin (commit_id) with (autosummarize = on);

-- Ten-minute slots in which a cluster has exact points: rows without identity are set aside there.
create table kubedigest.exact_slot (
    slot timestamptz not null,
    cluster text collate "C" not null,
    primary key (slot, cluster)
);

-- What prune has moved out of the points: counted occurrences by the hour they lie in.
create table kubedigest.settled_hour (
    hour timestamptz not null,
    -- SHA-256 over the texts below: they may be longer than an index entry can hold
    group_id bytea not null,
    cluster text collate "C" not null,
    namespace text collate "C" not null,
    workload_kind text collate "C" not null,
    workload text collate "C" not null,
    type text collate "C" not null,
    reason text collate "C" not null,
    component text collate "C" not null,
    host text collate "C" not null,
    counting text collate "C" not null,
    occurrences bigint not null check (occurrences > 0),
    first_time timestamptz not null,
    last_time timestamptz not null,
    primary key (hour, group_id)
);

-- One row. Points before the horizon are settled; observations before it are refused.
create table kubedigest.retention (
    only_row boolean primary key default true check (only_row),
    horizon timestamptz not null default '-infinity'
);

insert into kubedigest.retention default values;

-- Records that could not become observations. The digest is over cluster and raw text, so that
-- reading the same file again adds nothing.
create table kubedigest.rejected (
    rejected_id uuid primary key,
    cluster text collate "C" not null,
    source text collate "C" not null,
    place text not null,
    reason text not null,
    raw text not null,
    redaction smallint not null,
    received timestamptz not null
);

create index rejected_received on kubedigest.rejected (received);

-- More than max(1000, 10/s over at most a day) at once, or a span of more than 400 days since the
-- event's birth or its point before, whichever claims to be older.
create function kubedigest.is_suspect(
    occurrences bigint, since timestamptz, at timestamptz, birth timestamptz
) returns boolean language sql immutable parallel safe as $$
    select occurrences > 0 and (
        occurrences > greatest(1000, 10 * extract(epoch from least(at - since, interval '1 day')))
        or at - least(since, birth) > interval '400 days'
    )
$$;

-- How many of n occurrences, number k at t0 + floor(k * (t1 - t0) / n) microseconds, lie before
-- an instant; all lie at t1 where t1 <= t0. The same closed form as analytics/spread.py.
create function kubedigest.spread_before(
    n bigint, t0 timestamptz, t1 timestamptz, instant timestamptz
) returns bigint language sql immutable parallel safe as $$
    select case
        when n = 0 or instant <= least(t0, t1) then 0
        when instant > t1 then n
        when t1 <= t0 then 0
        else least(n, div(
            n::numeric * (1000000 * extract(epoch from instant - t0))::bigint - 1,
            (1000000 * extract(epoch from t1 - t0))::bigint
        )::bigint)
    end
$$;

-- The occurrences of one point before an instant: the first point of an event has one at birth.
create function kubedigest.occurrences_before(
    occurrences bigint, previous_time timestamptz, at timestamptz, birth timestamptz,
    instant timestamptz
) returns bigint language sql immutable parallel safe as $$
    select case
        when previous_time is not null or at <= birth
        then kubedigest.spread_before(occurrences, coalesce(previous_time, birth), at, instant)
        else least(occurrences, (birth < instant)::int)
            + kubedigest.spread_before(greatest(occurrences - 1, 0), birth, at, instant)
    end
$$;

-- The time of occurrence number k (1..occurrences) of one point.
create function kubedigest.occurrence_time(
    occurrences bigint, previous_time timestamptz, at timestamptz, birth timestamptz, k bigint
) returns timestamptz language sql stable parallel safe as $$
    select case
        when at <= coalesce(previous_time, birth) then at
        when previous_time is not null then previous_time + interval '1 microsecond' * div(
            k::numeric * (1000000 * extract(epoch from at - previous_time))::bigint, occurrences
        )::bigint
        when k = 1 then birth
        else birth + interval '1 microsecond' * div(
            (k - 1)::numeric * (1000000 * extract(epoch from at - birth))::bigint, occurrences - 1
        )::bigint
    end
$$;

-- One row a point with its event: what public.event shows and what our own readers need besides.
-- The sub-select with "offset 0" keeps the plan to one index look-up a point: a day of this view
-- never scans the events of other days.
create view kubedigest.point_with_event as
select
    e.cluster,
    e.namespace,
    e.name,
    p.birth,
    p.time,
    p.cumulative,
    p.occurrences,
    p.previous_time,
    not s.suspect and (
        e.counting = 'exact'
        or not exists (
            select from kubedigest.exact_slot as x
            where
                x.cluster = e.cluster
                and x.slot > p.time - interval '20 minutes'
                and x.slot <= p.time + interval '10 minutes'
        )
    ) as counted,
    e.counting,
    s.suspect,
    e.type,
    e.reason,
    coalesce(p.message, e.message) as message,
    e.kind,
    e.object_namespace,
    e.object,
    e.workload_kind,
    e.workload,
    (array['object', 'ownerReferences', 'lookup', 'nodes', 'name'])[
        e.workload_rank + 1
    ] as workload_by,
    e.component,
    e.host,
    e.labels::jsonb as labels,
    p.source,
    p.received,
    p.claimed > p.time as skewed,
    p.event_id
from kubedigest.point as p
cross join lateral (
    select *
    from kubedigest.event as one
    where one.birth = p.birth and one.event_id = p.event_id
    offset 0
) as e
cross join lateral (
    select kubedigest.is_suspect(
        p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
    ) as suspect
) as s;

-- The promise to people with SQL: one row a point. Every report equals
-- sum(occurrences) filter (where counted); occurrences before the horizon are in settled_hour.
create view public.event as
select
    cluster,
    namespace,
    name,
    birth,
    time,
    cumulative,
    occurrences,
    previous_time,
    counted,
    counting,
    suspect,
    type,
    reason,
    message,
    kind,
    object_namespace,
    object,
    workload_kind,
    workload,
    workload_by,
    component,
    host,
    labels,
    source,
    received
from kubedigest.point_with_event;

comment on view public.event is
    'one row a point; counted occurrences add up to every report (docs/sql.md)';
