-- Version 21: what is only recognised is told by its bytes, whatever its name.

alter table fact add column not_supported integer not null default 0;

-- Of what nobody could measure it may be a movie that is only recognised, or nothing but sound.
update fact set has_header = 0 where width is null;
