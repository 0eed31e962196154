-- Version 10: an undo can be undone.

alter table link add column undone_by integer;  -- the run that took the photo back; null of an earlier version
