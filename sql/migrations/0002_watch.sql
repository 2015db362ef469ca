-- What a collector has seen of a cluster: where its watch resumes, and what part of time is proved.
--
-- A stream is one watch: a cluster, one namespace ('' for all), one API group and one field selector
-- ('' for none). Its progress is written in the transaction that stores the events it speaks of.

create table kubedigest.watch (
    cluster text collate "C" not null,
    namespace text collate "C" not null,
    api text collate "C" not null check (api in ('core/v1', 'events.k8s.io/v1')),
    field_selector text collate "C" not null,
    resource_version text collate "C" not null,
    -- until when the stream is proved; of two collectors the one that has proved more holds the row
    proved timestamptz not null,
    primary key (cluster, namespace, api, field_selector)
);

comment on table kubedigest.watch is 'where the watch of each stream resumes';

-- A span [start_time, end_time) and what is known of it. Spans of one stream may overlap: several
-- collectors write side by side. Where they do, watched wins over recovered, and recovered over gap.
-- What no span speaks of is unknown.
create table kubedigest.coverage (
    cluster text collate "C" not null,
    namespace text collate "C" not null,
    field_selector text collate "C" not null,
    -- watched: the watch was alive. recovered: it was not, and all that the API server keeps was
    -- fetched before it expired. gap: it was not, and events may have expired unseen.
    state text collate "C" not null check (state in ('watched', 'recovered', 'gap')),
    start_time timestamptz not null,
    end_time timestamptz not null check (end_time >= start_time),
    primary key (cluster, namespace, field_selector, state, start_time)
);

comment on table kubedigest.coverage is 'what part of time each cluster was watched';

create index coverage_end_time on kubedigest.coverage (end_time);

-- The uid of a cluster's kube-system namespace, where it may be read: two names with one uid are
-- one cluster counted twice.
create table kubedigest.cluster_identity (
    uid text collate "C" not null,
    cluster text collate "C" not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    primary key (uid, cluster)
);

-- For people with SQL: what is known of each stretch of time; overlaps are as stored.
create view public.coverage as
select cluster, namespace, field_selector, state, start_time, end_time
from kubedigest.coverage;

comment on view public.coverage is
    'one row a span of a stream: watched, recovered or gap (docs/collecting.md)';
