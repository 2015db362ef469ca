-- Live notifications: how far the points are followed, what waits to be told, and what was told.
--
-- A notifier is a set of rules that are applied together; all processes that run it share these
-- rows. Reading new points and adding up what waits is one transaction, so that an occurrence is
-- waiting, told or left out exactly once, whenever a process dies.

create table kubedigest.live_notifier (
    notifier text collate "C" not null primary key,
    -- the commits that were read: what a snapshot saw cannot come again, and what it did not will
    seen pg_snapshot not null,
    -- of the server that counted these commits: another one, such as that of a restored backup,
    -- counts anew
    server bigint not null,
    updated timestamptz not null,
    -- occurrences that were read, by what became of them
    noted bigint not null default 0,  -- of at least one rule
    unmatched bigint not null default 0,  -- of no rule
    muted bigint not null default 0,
    too_old bigint not null default 0,
    imported bigint not null default 0,
    suspect bigint not null default 0
);

comment on table kubedigest.live_notifier is 'one row a set of rules: how far it has read';

-- The highest point of each event that was read: a later point below it adds no occurrence.
create table kubedigest.live_event (
    notifier text collate "C" not null,
    birth timestamptz not null,
    event_id uuid not null,
    cumulative bigint not null,
    updated timestamptz not null,
    primary key (notifier, birth, event_id)
);

create index live_event_updated on kubedigest.live_event (updated);

-- What a rule tells of together, such as a workload and reason. What is told in one message is
-- taken out of waiting; a message that surely did not arrive puts it back.
create table kubedigest.live_group (
    notifier text collate "C" not null,
    route text collate "C" not null,
    group_hash text collate "C" not null,
    latest jsonb not null,  -- the latest event
    critical boolean not null,
    opened timestamptz not null,  -- time of its first occurrence
    last_time timestamptz not null,
    total bigint not null,
    waiting bigint not null default 0 check (waiting >= 0),
    waiting_since timestamptz,  -- time of the first occurrence that waits
    told bigint not null default 0,
    -- muted, held back or refused for too long after they were read; total = waiting + told + left_out
    left_out bigint not null default 0,
    told_time timestamptz,
    due timestamptz,  -- null: nothing is to be told, or not before the threshold is reached
    cool_down interval not null,  -- after a message about it
    refused_since timestamptz,  -- messages about it have been refused since
    held text not null default '' check (held in ('', 'not new')),  -- why it is never told
    recent jsonb not null default '[]',  -- [start, end, occurrences], for a threshold
    recovery boolean not null default false,  -- its end is to be told
    recovered_by text not null default '',  -- reason of the event that says it works again
    primary key (notifier, route, group_hash)
);

create index live_group_due on kubedigest.live_group (notifier, route, due) where due is not null;

create index live_group_last_time on kubedigest.live_group (last_time);

-- One row a message.
create table kubedigest.live_letter (
    letter_id text collate "C" not null primary key,
    notifier text collate "C" not null,
    route text collate "C" not null,
    -- sending: something is on its way. sent: the service has it. unclear: the service may have it.
    -- not sent: it surely has not, and what it told waits again. refused: likewise, for a reason
    -- that somebody has to do something about. dropped: given up: nothing of it waits any more.
    state text collate "C" not null
        check (state in ('sending', 'sent', 'unclear', 'not sent', 'refused', 'dropped')),
    policy text collate "C" not null check (policy in ('at-least-once', 'at-most-once')),
    copies integer not null default 0,  -- most that may have arrived
    tries integer not null default 0,
    occurrences bigint not null,
    groups jsonb not null,  -- [group_hash, occurrences] pairs; they add up
    content text not null,  -- what was said: the digest as JSON, or the event
    reason text not null default '',
    code text not null default '',
    hint text not null default '',
    claim uuid not null,  -- of the process that sends it, or was the last one to
    lease_until timestamptz,  -- a process that has not said a word until then is dead
    due timestamptz,  -- of unclear: when a copy is sent, where the policy wants one
    created timestamptz not null,
    updated timestamptz not null,
    sent_time timestamptz
);

comment on table kubedigest.live_letter is 'one row a live message: what was told, and what became of it';

create index live_letter_open on kubedigest.live_letter (notifier, route, due)
where state in ('sending', 'unclear');

create index live_letter_updated on kubedigest.live_letter (updated);

-- Whoever listens is told of every commit with new points; the name of the channel is the message.
create function kubedigest.tell_of_points() returns trigger language plpgsql as $$
begin
    perform pg_notify('kubedigest_point', '');
    return null;
end
$$;

create trigger point_told after insert on kubedigest.point
for each statement execute function kubedigest.tell_of_points();

-- For people with SQL: what became of each live message.
create view public.notification as
select letter_id, notifier, route, state, policy, copies, tries, occurrences, groups, reason, code,
    hint, due, created, updated, sent_time
from kubedigest.live_letter;

comment on view public.notification is
    'what became of each live message (docs/notifications.md)';
