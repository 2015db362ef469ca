-- Purpose: the points that were committed since a snapshot, and the snapshot that sees them: nothing
-- is skipped, however long a transaction of somebody else takes. What is imported, too old or
-- implausible is not told: it comes back as one row a reason, with its occurrences. Of a point that
-- begins before the oldest time, only the later occurrences are told.
-- Grain: one row a point that is told, one row a reason (left_out); at least one row, for the snapshot.
-- Parameters: notifier, seen (text of a pg_snapshot), least_commit_id (of seen), oldest (timestamptz).
-- Index: point_commit_id, live_event_pkey, event_pkey.
with fresh as materialized (
    select
        p.*,
        s.suspect,
        case
            when p.source = 'file' then 'imported'
            when s.suspect then 'suspect'
            when p.time < :oldest then 'too_old'
            else ''
        end as left_out,
        kubedigest.occurrences_before(
            p.occurrences, p.previous_time, p.time, p.birth, :oldest
        ) as old_occurrences
    from kubedigest.point as p
    left join kubedigest.live_event as l
        on l.notifier = :notifier and l.birth = p.birth and l.event_id = p.event_id
    cross join lateral (
        select kubedigest.is_suspect(
            p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
        ) as suspect
    ) as s
    where
        p.commit_id >= :least_commit_id
        and not pg_visible_in_snapshot(p.commit_id::text::xid8, cast(:seen as pg_snapshot))
        and p.occurrences > 0
        and p.cumulative > coalesce(l.cumulative, 0)
),

told as (
    select
        f.event_id,
        f.birth,
        f.time,
        f.cumulative,
        f.received,
        f.occurrences - f.old_occurrences as occurrences,
        e.cluster,
        e.namespace,
        e.name,
        coalesce(e.type, '') as type,
        coalesce(e.reason, '') as reason,
        coalesce(f.message, e.message) as message,
        coalesce(e.kind, '') as kind,
        coalesce(e.object_namespace, '') as object_namespace,
        coalesce(e.object, '') as object,
        e.workload_kind,
        e.workload,
        coalesce(e.component, '') as component,
        coalesce(e.host, '') as host,
        e.labels,
        '' as left_out
    from fresh as f
    inner join kubedigest.event as e on e.birth = f.birth and e.event_id = f.event_id
    where
        f.left_out = ''
        and f.occurrences > f.old_occurrences
        and (
            e.counting = 'exact'
            or not exists (
                select from kubedigest.exact_slot as x
                where
                    x.cluster = e.cluster
                    and x.slot > f.time - interval '20 minutes'
                    and x.slot <= f.time + interval '10 minutes'
            )
        )
),

left_out as (
    select
        left_out,
        sum(occurrences)::bigint as occurrences
    from (
        select left_out, occurrences from fresh where left_out <> ''
        union all
        select 'too_old', old_occurrences from fresh where left_out = '' and old_occurrences > 0
    ) as parts
    group by left_out
),

every as (
    select * from told
    union all
    select
        null, null, null, null, null, occurrences,
        null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        left_out
    from left_out
)

select
    pg_current_snapshot()::text as seen,
    every.*
from (values (1)) as one (row)
left join every on true
