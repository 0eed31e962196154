-- Version 14: what Google Photos says in the JSON files of its archives.

alter table fact add column takeout text; -- JSON, what was read of it
