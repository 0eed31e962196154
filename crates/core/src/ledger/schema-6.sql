-- Version 6: what no picture or movie begins like, whatever its name says.

alter table fact add column not_a_photo integer not null default 0;

-- The readers tell more than they did: what was read by the earlier ones is read again. Fingerprints stay.
update fact set has_header = 0;
