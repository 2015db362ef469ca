-- Purpose: on which nodes and objects counted occurrences inside [since, until) lie, for the hot
-- spots of a digest; what prune has settled has a node and no object. Points are summed up before
-- their events are looked at, and only those of rounded sources are gone through once more.
-- Grain: one row an event with an occurrence inside, or one row a settled hour's workload, reason
-- and node. Parameters: since, until (timestamptz).
-- Index: point_time, point_long, point_pkey, event_pkey; settled_hour_pkey.
with inside as (
    select
        p.birth,
        p.event_id,
        sum(
            kubedigest.occurrences_before(p.occurrences, p.previous_time, p.time, p.birth, :until)
            - kubedigest.occurrences_before(p.occurrences, p.previous_time, p.time, p.birth, :since)
        ) as occurrences
    from kubedigest.points_between(:since, :until) as p
    where
        p.occurrences > 0
        and not kubedigest.is_suspect(
            p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
        )
    group by p.birth, p.event_id
),

counted as (
    select
        e.*,
        case
            when e.counting = 'exact' then i.occurrences
            else (
                select sum(
                    kubedigest.occurrences_before(
                        p.occurrences, p.previous_time, p.time, p.birth, :until
                    )
                    - kubedigest.occurrences_before(
                        p.occurrences, p.previous_time, p.time, p.birth, :since
                    )
                )
                from kubedigest.point as p
                where
                    p.birth = e.birth
                    and p.event_id = e.event_id
                    and p.occurrences > 0
                    and not kubedigest.is_suspect(
                        p.occurrences, coalesce(p.previous_time, p.birth), p.time, p.birth
                    )
                    and not exists (
                        select from kubedigest.exact_slot as x
                        where
                            x.cluster = e.cluster
                            and x.slot > p.time - interval '20 minutes'
                            and x.slot <= p.time + interval '10 minutes'
                    )
            )
        end as occurrences
    from inside as i
    inner join kubedigest.event as e
        on e.birth = i.birth and e.event_id = i.event_id
    where i.occurrences > 0
)

select
    c.cluster,
    c.namespace,
    c.workload_kind,
    c.workload,
    coalesce(c.reason, '') as reason,
    coalesce(c.component, '') as component,
    coalesce(c.type, '') as type,
    coalesce(c.kind, '') as kind,
    coalesce(c.object_namespace, '') as object_namespace,
    coalesce(c.object, '') as object,
    coalesce(c.host, '') as host,
    cast(c.occurrences as bigint) as occurrences
from counted as c
where c.occurrences > 0
union all
select
    s.cluster,
    s.namespace,
    s.workload_kind,
    s.workload,
    s.reason,
    s.component,
    s.type,
    '' as kind,
    '' as object_namespace,
    '' as object,
    s.host,
    cast(
        sum(
            kubedigest.occurrences_before(s.occurrences, null, s.last_time, s.first_time, :until)
            - kubedigest.occurrences_before(s.occurrences, null, s.last_time, s.first_time, :since)
        ) as bigint
    ) as occurrences
from kubedigest.settled_hour as s
where s.hour > :since - interval '1 hour' and s.hour < :until
group by s.cluster, s.namespace, s.workload_kind, s.workload, s.reason, s.component, s.type, s.host
