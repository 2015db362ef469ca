-- Purpose: add new occurrences to what waits. A group that is told of for the first time, or whose
-- cool-down is over, is due now; another one after its cool-down, or after a pause where so much has
-- been added that waiting longer would hide it.
-- Grain: one row a group. Index: live_group_pkey.
-- Parameters: notifier, now, grown_times, grown_pause_seconds; groups (jsonb array of route,
-- group_hash, latest, critical, first_time, last_time, occurrences, held, ready: whether its
-- threshold is reached, recent, recovery, cool_down_seconds).
insert into kubedigest.live_group as g (
    notifier, route, group_hash, latest, critical, opened, last_time, total, waiting, waiting_since,
    due, held, recent, recovery, cool_down
)
select
    :notifier, n.route, n.group_hash, n.latest, n.critical, n.first_time, n.last_time,
    n.occurrences, n.occurrences, n.first_time,
    case when n.ready and n.held = '' then cast(:now as timestamptz) end,
    n.held, n.recent, n.recovery, make_interval(secs => n.cool_down_seconds)
from jsonb_to_recordset(cast(:groups as jsonb)) as n (
    route text, group_hash text, latest jsonb, critical boolean, first_time timestamptz,
    last_time timestamptz, occurrences bigint, held text, ready boolean, recent jsonb,
    recovery boolean, cool_down_seconds double precision
)
on conflict (notifier, route, group_hash) do update
set
    latest = case
        when excluded.last_time >= g.last_time then excluded.latest else g.latest
    end,
    critical = g.critical or excluded.critical,
    opened = least(g.opened, excluded.opened),
    last_time = greatest(g.last_time, excluded.last_time),
    total = g.total + excluded.total,
    -- what was held back as not new is not told when it is new again
    waiting = case
        when g.held <> '' and excluded.held = '' then excluded.waiting
        else g.waiting + excluded.waiting
    end,
    left_out = case
        when g.held <> '' and excluded.held = '' then g.left_out + g.waiting else g.left_out
    end,
    waiting_since = case
        when g.held <> '' and excluded.held = '' then excluded.waiting_since
        else least(g.waiting_since, excluded.waiting_since)
    end,
    held = excluded.held,
    recent = excluded.recent,
    recovery = excluded.recovery,
    recovered_by = case when excluded.last_time >= g.last_time then '' else g.recovered_by end,
    cool_down = excluded.cool_down,
    due = case
        when excluded.due is null then g.due
        when g.told_time is null then coalesce(g.due, excluded.due)
        when g.waiting + excluded.waiting >= :grown_times * g.told then least(
            g.due,
            greatest(excluded.due, g.told_time + make_interval(secs => :grown_pause_seconds))
        )
        else coalesce(g.due, greatest(excluded.due, g.told_time + excluded.cool_down))
    end
