-- Purpose: what to refresh next: the earliest stale hours that lie together, at most as many whole
-- UTC days as hold 200,000 points, but at least one day.
-- Grain: one row, of nulls where nothing is stale. Parameters: none.
-- Index: rollup_pending_pkey, point_time.
with earliest as (
    select min(hour) as hour
    from kubedigest.rollup_pending
),

bound as (
    select
        coalesce(
            (
                select greatest(
                    date_trunc('day', p.time, 'UTC'),
                    date_trunc('day', e.hour, 'UTC') + interval '1 day'
                )
                from kubedigest.point as p
                where p.time >= e.hour
                order by p.time
                offset 200000
                limit 1
            ),
            'infinity'
        ) as hour
    from earliest as e
),

pending as (
    select
        p.hour,
        coalesce(p.hour - lag(p.hour) over (order by p.hour) > interval '1 day', false) as apart
    from kubedigest.rollup_pending as p
    cross join bound as b
    where p.hour < b.hour
)

select
    min(p.hour) as first_hour,
    max(p.hour) as last_hour
from pending as p
where
    p.hour < coalesce(
        (
            select min(hour)
            from pending
            where apart
        ),
        'infinity'
    )
