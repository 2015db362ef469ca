-- Purpose: counted occurrences in buckets of time, of points and of what prune has settled.
-- Grain: one row a bucket, cluster, reason, component and type that has an occurrence.
-- Parameters: edges (timestamptz[], increasing), first_edge and last_edge (its ends).
-- Index: point_time, event_pkey; settled_hour_pkey. Points before the first edge are not read.
with spread as (
    select
        v.cluster,
        coalesce(v.reason, '') as reason,
        coalesce(v.component, '') as component,
        coalesce(v.type, '') as type,
        v.occurrences,
        v.birth,
        v.previous_time,
        v.time
    from kubedigest.point_with_event as v
    where
        v.time >= :first_edge
        and least(coalesce(v.previous_time, v.birth), v.time) < :last_edge
        and v.occurrences > 0
        and v.counted
    union all
    select
        s.cluster,
        s.reason,
        s.component,
        s.type,
        s.occurrences,
        s.first_time as birth,
        null as previous_time,
        s.last_time as time
    from kubedigest.settled_hour as s
    where s.hour > :first_edge - interval '1 hour' and s.hour < :last_edge
),

-- bucket 0 lies before the first edge, the one after the last bucket behind the last edge
placed as (
    select
        *,
        width_bucket(
            least(coalesce(previous_time, birth), time), cast(:edges as timestamptz [])
        ) as first_bucket,
        width_bucket(time, cast(:edges as timestamptz [])) as last_bucket
    from spread
),

inside as (
    select
        first_bucket as bucket,
        cluster,
        reason,
        component,
        type,
        occurrences
    from placed
    where first_bucket = last_bucket
    union all
    select
        b.bucket,
        p.cluster,
        p.reason,
        p.component,
        p.type,
        kubedigest.occurrences_before(
            p.occurrences, p.previous_time, p.time, p.birth, e.edges[b.bucket + 1]
        ) - kubedigest.occurrences_before(
            p.occurrences, p.previous_time, p.time, p.birth, e.edges[b.bucket]
        ) as occurrences
    from placed as p
    cross join (select cast(:edges as timestamptz []) as edges) as e
    cross join lateral generate_series(
        greatest(p.first_bucket, 1), least(p.last_bucket, cardinality(e.edges) - 1)
    ) as b (bucket)
    where p.first_bucket < p.last_bucket
)

select
    (cast(:edges as timestamptz []))[bucket] as start,
    cluster,
    reason,
    component,
    type,
    cast(sum(occurrences) as bigint) as occurrences
from inside
where bucket between 1 and cardinality(cast(:edges as timestamptz [])) - 1
group by 1, 2, 3, 4, 5
having sum(occurrences) > 0
order by 1, 2, 3, 4, 5
