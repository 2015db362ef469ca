-- Purpose: what the connected role may do: it has every right of a role, or it lacks some.
-- Grain: one row a role, and one for the owner of the store. Parameters: none. Index: none.
select
    r.role,
    bool_and(
        case
            when r.columns is null then has_table_privilege(r.relation, p.privilege)
            else (
                select bool_and(has_column_privilege(r.relation, named.name, p.privilege))
                from unnest(r.columns) as named (name)
            )
        end
    ) as allowed
from kubedigest.relation_right as r
cross join lateral unnest(r.privileges) as p (privilege)
group by r.role
union all
select
    'owner' as role,
    pg_has_role(c.relowner, 'usage') as allowed
from pg_class as c
where c.oid = 'kubedigest.event'::regclass
order by role
