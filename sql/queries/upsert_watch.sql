-- Purpose: note where a stream resumes, in the transaction that stores what came before.
-- Two collectors share the row: the one that has proved more holds it, unless its clock is ahead.
-- Grain: one row a stream. Index: watch_pkey.
-- Parameters: cluster, namespace, api, field_selector, resource_version, proved.
insert into kubedigest.watch as w (
    cluster, namespace, api, field_selector, resource_version, proved
)
values (
    %(cluster)s, %(namespace)s, %(api)s, %(field_selector)s, %(resource_version)s, %(proved)s
)
on conflict (cluster, namespace, api, field_selector) do update
set resource_version = excluded.resource_version, proved = excluded.proved
where excluded.proved >= w.proved or w.proved > now() + interval '5 minutes'
