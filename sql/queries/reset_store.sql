-- Purpose: empty the demo's own database; no other command runs this.
-- Grain: none. Parameters: none. Index: none.
drop schema if exists kubedigest cascade
