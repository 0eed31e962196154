-- Version 16: the movie behind a picture, and what both would be as a Live Photo.

alter table fact add column motion text;            -- JSON, what was read of it
alter table picture_fact add column pair blob;      -- the identities of the still and the movie; empty where it can be none

-- Stills that were read without it are read again. Fingerprints stay.
update fact set has_header = 0 where duration_ms is null;
