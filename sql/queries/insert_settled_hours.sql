-- Purpose: move the counted occurrences of the points to settle into the hours they lie in.
-- Grain: one row an hour, workload, type, reason, component, host and way of counting.
-- Parameters: none. Index: point_pkey, settled_hour_pkey.
insert into kubedigest.settled_hour as h (
    hour, cluster, namespace, workload_kind, workload, type, reason, component, host, counting,
    group_id, occurrences, first_time, last_time
)
select
    slot.hour,
    v.cluster,
    v.namespace,
    v.workload_kind,
    v.workload,
    coalesce(v.type, ''),
    coalesce(v.reason, ''),
    coalesce(v.component, ''),
    coalesce(v.host, ''),
    v.counting,
    sha256(
        convert_to(
            jsonb_build_array(
                v.cluster, v.namespace, v.workload_kind, v.workload, coalesce(v.type, ''),
                coalesce(v.reason, ''), coalesce(v.component, ''), coalesce(v.host, ''), v.counting
            )::text,
            'UTF8'
        )
    ),
    sum(k.upto - k.before),
    min(kubedigest.occurrence_time(v.occurrences, v.previous_time, v.time, v.birth, k.before + 1)),
    max(kubedigest.occurrence_time(v.occurrences, v.previous_time, v.time, v.birth, k.upto))
from kubedigest_settling_1 as s
inner join kubedigest.point_with_event as v
    on v.birth = s.birth and v.event_id = s.event_id and v.cumulative <= s.settled
cross join lateral generate_series(
    to_timestamp(
        floor(
            extract(epoch from least(coalesce(v.previous_time, v.birth), v.time)) / 3600
        ) * 3600
    ),
    v.time,
    interval '1 hour'
) as slot (hour)
cross join lateral (
    select
        kubedigest.occurrences_before(
            v.occurrences, v.previous_time, v.time, v.birth, slot.hour
        ) as before,
        kubedigest.occurrences_before(
            v.occurrences, v.previous_time, v.time, v.birth, slot.hour + interval '1 hour'
        ) as upto
) as k
where v.counted and v.occurrences > 0 and k.upto > k.before
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
on conflict (hour, group_id) do update
set
    occurrences = h.occurrences + excluded.occurrences,
    first_time = least(h.first_time, excluded.first_time),
    last_time = greatest(h.last_time, excluded.last_time)
