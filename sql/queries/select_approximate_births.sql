-- Purpose: the stored events that rows without identity may be sightings of, with their points.
-- Grain: one row an event. Parameters: in the driver's style, clusters, namespaces and
-- prefixes, arrays of one length that name the keys; since, before which no event may have ended.
-- Index: event_approximate, point_pkey; a name holds the hash of all else but the cluster.
select
    e.cluster,
    e.namespace,
    e.name,
    e.birth,
    array_agg(p.cumulative) as counts,
    array_agg(p.time) as times
from unnest(%(clusters)s::text [], %(namespaces)s::text [], %(prefixes)s::text [])
    as k (cluster, namespace, prefix)
inner join kubedigest.event as e
    on
        e.counting = 'approximate'
        and e.cluster = k.cluster
        and e.namespace = k.namespace
        and e.name >= k.prefix collate "C"
        and e.name < (k.prefix || '~') collate "C"
inner join kubedigest.point as p on p.birth = e.birth and p.event_id = e.event_id
group by e.birth, e.event_id, e.cluster, e.namespace, e.name
having max(p.time) >= %(since)s
