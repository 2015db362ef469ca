-- Purpose: note what became of messages; those that somebody else has claimed since are left alone.
-- Grain: one row a message. Index: live_letter_pkey. Parameters: claim, now; letters (jsonb array of
-- letter_id, state, reason, code, hint, due).
update kubedigest.live_letter as l
set
    state = c.state,
    copies = l.copies + (c.state in ('sent', 'unclear'))::integer,
    reason = c.reason,
    code = c.code,
    hint = c.hint,
    due = c.due,
    lease_until = null,
    updated = :now,
    sent_time = case when c.state = 'sent' then cast(:now as timestamptz) end
from jsonb_to_recordset(cast(:letters as jsonb)) as c (
    letter_id text, state text, reason text, code text, hint text, due timestamptz
)
where l.letter_id = c.letter_id and l.state = 'sending' and l.claim = cast(:claim as uuid)
returning l.letter_id
