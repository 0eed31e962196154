-- Version 11: how a picture lies.

alter table fact add column orientation integer;  -- EXIF's number from 1 to 8

-- What was read without it is read again. Fingerprints stay.
update fact set has_header = 0;
