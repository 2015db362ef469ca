-- Purpose: where a stream resumes, and until when anybody has proved it.
-- Grain: one row or none. Index: watch_pkey.
-- Parameters: cluster, namespace, api, field_selector.
select resource_version, proved
from kubedigest.watch
where
    cluster = :cluster
    and namespace = :namespace
    and api = :api
    and field_selector = :field_selector
