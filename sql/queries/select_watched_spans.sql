-- Purpose: when a namespace of a cluster was watched, or what happened was fetched afterwards.
-- Grain: one row a span that reaches into [since, until], the earliest first.
-- Parameters: cluster, namespace, since, until (timestamptz). Index: coverage_end_time.
select start_time, end_time
from kubedigest.coverage
where
    cluster = :cluster
    and namespace in ('', :namespace)
    and field_selector = ''
    and state in ('watched', 'recovered')
    and end_time >= :since
    and start_time <= :until
order by start_time, end_time
