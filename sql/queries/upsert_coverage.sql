-- Purpose: note what is proved of a stretch of time; a span that grows keeps its start.
-- Grain: one row a span. Index: coverage_pkey.
-- Parameters: cluster, namespace, field_selector, state, start_time, end_time.
insert into kubedigest.coverage as c (
    cluster, namespace, field_selector, state, start_time, end_time
)
values (
    %(cluster)s, %(namespace)s, %(field_selector)s, %(state)s, %(start_time)s, %(end_time)s
)
on conflict (cluster, namespace, field_selector, state, start_time) do update
set end_time = excluded.end_time
where excluded.end_time > c.end_time
