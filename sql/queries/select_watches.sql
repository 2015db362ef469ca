-- Purpose: the streams that were ever watched, with their last proof.
-- Grain: one row a stream. Index: none, a handful of rows. Parameters: none.
select
    cluster,
    namespace,
    api,
    field_selector,
    proved
from kubedigest.watch
order by cluster, namespace, api, field_selector
