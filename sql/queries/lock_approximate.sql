-- Purpose: let one writer at a time match a cluster's rows without identity, until it commits.
-- Grain: one row. Parameters: cluster, in the driver's style. Index: none.
select pg_advisory_xact_lock(hashtext('kubedigest approximate ' || %(cluster)s))
