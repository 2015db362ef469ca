-- Purpose: note how far a notifier has read, and what became of the occurrences.
-- Grain: one row. Index: live_notifier_pkey. Parameters: notifier, now, seen (text of a pg_snapshot),
-- noted, unmatched, muted, too_old, imported, suspect: occurrences to add.
update kubedigest.live_notifier
set
    seen = cast(:seen as pg_snapshot),
    updated = :now,
    noted = noted + :noted,
    unmatched = unmatched + :unmatched,
    muted = muted + :muted,
    too_old = too_old + :too_old,
    imported = imported + :imported,
    suspect = suspect + :suspect
where notifier = :notifier
