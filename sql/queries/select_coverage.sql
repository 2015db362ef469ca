-- Purpose: what is known of the time in [since, until), and of each stream when its watch began and
-- when it was last proved, as spans of no length.
-- Grain: one row a span of a stream. Parameters: since, until (timestamptz).
-- Index: coverage_end_time for the spans; coverage_pkey for the beginnings, two look-ups a stream.
select
    cluster,
    namespace,
    field_selector,
    state,
    start_time as "start",
    end_time as "end"
from kubedigest.coverage
where end_time > :since and start_time < :until
union
select
    w.cluster,
    w.namespace,
    w.field_selector,
    s.state,
    b.began as "start",
    b.began as "end"
from (select distinct cluster, namespace, field_selector from kubedigest.watch) as w
cross join (values ('watched'), ('recovered')) as s (state)
cross join lateral (
    select min(c.start_time) as began
    from kubedigest.coverage as c
    where
        c.cluster = w.cluster
        and c.namespace = w.namespace
        and c.field_selector = w.field_selector
        and c.state = s.state
) as b
where b.began is not null
union
select
    cluster,
    namespace,
    field_selector,
    'watched' as state,
    proved as "start",
    proved as "end"
from kubedigest.watch
order by 1, 2, 3, 5, 6, 4
