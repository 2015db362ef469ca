-- Purpose: note messages that are about to be sent. Grain: one row a message.
-- Parameters: notifier, route, policy, claim, lease_seconds, now; letters (jsonb array of letter_id,
-- occurrences, groups, content). Index: none.
insert into kubedigest.live_letter (
    letter_id, notifier, route, state, policy, tries, occurrences, groups, content, claim,
    lease_until, created, updated
)
select
    l.letter_id, :notifier, :route, 'sending', :policy, 1, l.occurrences, l.groups, l.content,
    cast(:claim as uuid), clock_timestamp() + make_interval(secs => :lease_seconds), :now, :now
from jsonb_to_recordset(cast(:letters as jsonb)) as l (
    letter_id text, occurrences bigint, groups jsonb, content text
)
