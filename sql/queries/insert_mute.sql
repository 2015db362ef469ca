-- Purpose: mute something for a while. Grain: one row, and its number comes back.
-- Parameters: cluster, namespace, kind, name, reason (text, '' for anything), because, created_by,
-- created, expires (timestamptz). Index: none.
insert into kubedigest.mute (
    cluster, namespace, kind, name, reason, because, created_by, created, expires
)
values (
    :cluster, :namespace, :kind, :name, :reason, :because, :created_by, :created, :expires
)
returning mute_id
