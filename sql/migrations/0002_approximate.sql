-- Rows without identity are matched to earlier ones by the key in their name.

create index event_approximate on kubedigest.event (name, cluster, namespace)
where counting = 'approximate';
