-- Purpose: keep only the latest refused bodies of webhooks, which anybody who may send can fill.
-- Grain: one row a body that goes. Parameters: most (rows), most_bytes (as they are stored).
-- Index: none; there are at most a few more than *most*.
delete from kubedigest.rejected
where rejected_id in (
    select ranked.rejected_id
    from (
        select
            rejected_id,
            row_number() over latest as place,
            sum(pg_column_size(raw)) over latest as size_bytes
        from kubedigest.rejected
        where source = 'webhook'
        window latest as (order by received desc, rejected_id)
    ) as ranked
    where ranked.place > :most or ranked.size_bytes > :most_bytes
)
