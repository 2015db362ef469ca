-- Purpose: how far a notifier has read; nobody else reads for it until this transaction ends. No
-- row comes back where somebody does. A snapshot that lies in this server's future is of another
-- server, such as the one that a backup was made of.
-- Grain: one row. Parameters: notifier. Index: live_notifier_pkey.
select
    seen::text as seen,
    pg_snapshot_xmin(seen)::text::bigint as least_commit_id,
    pg_snapshot_xmax(seen)::text::bigint
    > pg_snapshot_xmax(pg_current_snapshot())::text::bigint as foreign_server
from kubedigest.live_notifier
where notifier = :notifier
for update skip locked
