-- Purpose: how far a notifier has read; nobody else reads for it until this transaction ends. No
-- row comes back where somebody does. A snapshot of another server says nothing of this one's
-- commits, and neither does one that lies in its future.
-- Grain: one row. Parameters: notifier. Index: live_notifier_pkey.
select
    n.seen::text as seen,
    pg_snapshot_xmin(n.seen)::text::bigint as least_commit_id,
    n.server <> s.system_identifier
    or pg_snapshot_xmax(n.seen)::text::bigint
    > pg_snapshot_xmax(pg_current_snapshot())::text::bigint as foreign_server
from kubedigest.live_notifier as n
cross join pg_control_system() as s
where n.notifier = :notifier
for update of n skip locked
