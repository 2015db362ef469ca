-- What was sent to whom. A row is claimed before anything is sent and says afterwards what became
-- of it, so that retries, parallel runs and kills send no digest twice and lose none in silence.

-- Tells this store from others: two of them may send the same period to the same mailbox.
create table kubedigest.store_identity (
    id uuid not null primary key default gen_random_uuid()
);

insert into kubedigest.store_identity default values;

create table kubedigest.delivery (
    channel text collate "C" not null,
    -- the channel that did not take it, where this one gets its digest; '' for its own
    stands_in_for text collate "C" not null,
    report text collate "C" not null check (report in ('daily', 'weekly', 'custom')),
    -- the window is half-open; with its zone it says which digest is meant, whatever it is called
    start_time timestamptz not null,
    end_time timestamptz not null check (end_time > start_time),
    timezone text collate "C" not null,
    period text collate "C" not null,  -- what people call it: 2026-11-21, 2026-W47
    letter_id text collate "C" not null,
    -- claimed: a run is at it and nothing is on its way. sending: something is. sent: the service has
    -- it. unclear: the service may have it. not sent: it surely has not, and may take it later.
    -- refused: it surely has not, and will not until somebody does something about it.
    state text collate "C" not null
        check (state in ('claimed', 'sending', 'sent', 'unclear', 'not sent', 'refused')),
    policy text collate "C" not null check (policy in ('at-least-once', 'at-most-once')),
    copies integer not null default 0,  -- most that may have arrived
    tries integer not null default 0,  -- messages that were put on their way
    parts integer not null default 0,  -- messages that the letter consists of
    parts_sent integer not null default 0,  -- of the copy in hand
    reason text not null default '',
    code text not null default '',
    hint text not null default '',
    next_try timestamptz,  -- of not sent: when the service would take it, where that is known
    claim uuid,  -- of the run that holds the row, or was the last one to
    lease_until timestamptz,  -- a run that has not said a word until then is dead
    digest text,  -- JSON of what was sent
    created timestamptz not null,
    updated timestamptz not null,
    sent_time timestamptz,
    primary key (channel, stands_in_for, report, start_time, end_time, timezone)
);

comment on table kubedigest.delivery is 'one row a report, period and channel';

create index delivery_updated on kubedigest.delivery (updated);

-- How fast each channel may be sent to, shared by all processes.
create table kubedigest.channel_pace (
    channel text collate "C" not null primary key,
    last_slot timestamptz,  -- the latest moment that somebody has reserved
    blocked_until timestamptz  -- what the service asked for, when it was asked too often
);

comment on table kubedigest.channel_pace is 'when each channel may be sent to next';

-- For people with SQL: what became of each digest.
create view public.delivery as
select channel, stands_in_for, report, period, start_time, end_time, timezone, letter_id, state,
    policy, copies, tries, parts, parts_sent, reason, code, hint, next_try, created, updated, sent_time
from kubedigest.delivery;

comment on view public.delivery is 'what became of each digest and channel (docs/delivery.md)';
