-- Purpose: say of digests whose run has died what may have become of them.
-- Grain: one row a digest and channel. Parameters: none. Index: none, the table is small.
update kubedigest.delivery
set state = case state when 'sending' then 'unclear' else 'not sent' end,
    copies = copies + case state when 'sending' then 1 else 0 end,
    reason = case state
        when 'sending' then 'the run that was sending it ended before it heard an answer'
        else 'the run that was to send it ended before it did'
    end,
    code = '',
    hint = case state when 'sending' then 'look into the chat' else '' end,
    updated = clock_timestamp()
where state in ('claimed', 'sending') and lease_until <= clock_timestamp()
