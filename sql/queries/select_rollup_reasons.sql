-- Purpose: every kind of event. Grain: one row a kind. Parameters: none.
-- Index: none, some hundred rows.
select
    reason_id,
    cluster,
    type,
    reason,
    component,
    counting
from kubedigest.rollup_reason
order by reason_id
