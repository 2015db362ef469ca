-- Purpose: every mute there ever was, the oldest first. Grain: one row a mute.
-- Parameters: none. Index: none, since people write the table by hand.
select
    mute_id,
    cluster,
    namespace,
    kind,
    name,
    reason,
    because,
    created_by,
    created,
    expires,
    lifted,
    lifted_by
from kubedigest.mute
order by created, mute_id
