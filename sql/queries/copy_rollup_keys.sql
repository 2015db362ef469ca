-- Purpose: the texts of keys, but for those of their reasons, in COPY's CSV format.
-- Grain: one row a key. Parameters: keys (int[], null for all), in the driver's style. Index: rollup_key_pkey.
copy (
    select key_id, reason_id, namespace, workload_kind, workload
    from kubedigest.rollup_key
    where %(keys)s::int [] is null or key_id = any(%(keys)s::int [])
) to stdout (format csv)
