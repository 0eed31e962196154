-- Version 18: a motion photo tells whether only its movie ends too early, and what one of the library would be is remembered.

-- What ends too early is read again. Fingerprints stay.
update fact set has_header = 0 where truncated is not null;

alter table resource_picture_fact add column pair blob;
