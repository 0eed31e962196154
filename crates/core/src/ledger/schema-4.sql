-- Version 4: what was gone from either side when a person synced is not missed again.

alter table synced add column gone_from_folder integer not null default 0;  -- photos, of all folders of that run
alter table synced add column gone_from_library integer not null default 0;
