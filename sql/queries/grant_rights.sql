-- Purpose: make the roles where that is allowed, and give those that exist their rights.
-- Grain: one row a role that does not exist. Parameters: none. Index: none.
select kubedigest.grant_rights() as role
