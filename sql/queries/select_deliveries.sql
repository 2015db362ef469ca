-- Purpose: list what became of digests, without what they said.
-- Grain: one row a digest and channel, the oldest period first. Index: none, the table is small.
-- Parameters: since: of the last change; channel, report, period: null for all.
select
    channel, stands_in_for, report, start_time, end_time, timezone, period, letter_id, state, policy,
    copies, tries, parts, parts_sent, reason, code, hint, next_try, created, updated, sent_time,
    lease_until
from kubedigest.delivery
where updated >= :since
    and (cast(:channel as text) is null or channel = :channel)
    and (cast(:report as text) is null or report = :report)
    and (cast(:period as text) is null or period = :period)
order by end_time, start_time, channel, stands_in_for, timezone
