-- Purpose: from when on observations are taken; null: every one is.
-- Grain: one value. Parameters: none. Index: none, one row.
select nullif(horizon, '-infinity') as horizon
from kubedigest.retention
