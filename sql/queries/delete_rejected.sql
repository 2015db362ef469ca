-- Purpose: a refused record that has been read after all is none any more.
-- Grain: one row. Parameters: rejected_id (uuid). Index: rejected_pkey.
delete from kubedigest.rejected
where rejected_id = cast(:rejected_id as uuid)
