-- Purpose: end mutes before they expire; what has ended stays as it is. Grain: one row a mute that
-- ends now, and its number comes back. Parameters: mutes (integer[]), now (timestamptz), by (text).
-- Index: mute_pkey.
update kubedigest.mute
set lifted = :now, lifted_by = :by
where mute_id = any(:mutes)
  and lifted is null
  and created <= :now
  and expires > :now
returning mute_id
