-- Purpose: sum the hours of the days that [since, until) meets, of the keys that change.
-- Grain: one row a day and key. Parameters: since, until (timestamptz). Index: rollup_hour_pkey.
insert into kubedigest.rollup_day (
    day, key_id, occurrences, first_time, last_time, begun, first_begun, last_begun, continued
)
select
    cast(h.hour at time zone 'UTC' as date) as day,
    h.key_id,
    sum(h.occurrences),
    min(h.first_time),
    max(h.last_time),
    sum(h.begun),
    min(h.first_begun),
    max(h.last_begun),
    coalesce(min(h.first_time) filter (where h.continued) = min(h.first_time), false)
from kubedigest.rollup_hour as h
inner join kubedigest_rollup_changed_1 as c using (key_id)
where
    h.hour >= date_trunc('day', cast(:since as timestamptz), 'UTC')
    and h.hour
    < date_trunc('day', :until - interval '1 microsecond', 'UTC') + interval '1 day'
group by 1, 2
order by 1, 2
