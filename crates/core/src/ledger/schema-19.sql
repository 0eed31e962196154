-- Version 19: what is told of photos after they came.

alter table link_asset add column told integer not null default 0; -- it came with what its archive told of it

create table telling (
    id      integer primary key,
    library integer not null references library (id),
    asset   text not null,
    run     integer not null,           -- that told it
    told    text not null,              -- JSON: the parts that it got, and the date that it had
    is_done integer not null default 0, -- the library was seen to have it
    undone_by integer                   -- the run that took it back
) strict;

create index telling_run on telling (run);

-- Of what archives tell the names of people are read, too.
update fact set has_header = 0 where takeout is not null;
