-- Purpose: the texts of keys, in COPY's CSV format. Grain: one row a key.
-- Parameters: keys (int[]), in the driver's style. Index: rollup_key_pkey, rollup_reason_pkey.
copy (
    select
        k.key_id,
        r.cluster,
        k.namespace,
        k.workload_kind,
        k.workload,
        r.reason,
        r.component,
        r.type,
        r.counting
    from kubedigest.rollup_key as k
    inner join kubedigest.rollup_reason as r using (reason_id)
    where k.key_id = any(%(keys)s::int [])
) to stdout (format csv)
