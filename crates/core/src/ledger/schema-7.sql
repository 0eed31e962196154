-- Version 7: two directories may lie at one path by turns; what came from a folder that is gone for good may go out. What was
-- held at a baseline is known again without a fingerprint. A ledger that is older than the runs beside it says so once.

create table folder_7 (
    id          integer primary key,
    path        any not null,               -- canonical; a blob where it is not UTF-8. Two disks may share a mount point
    inode       integer,                    -- of the directory, by which it is known again after a move
    born        integer,                    -- when it was made, nanoseconds since 1970
    told        integer not null default 0, -- a person said that it is a folder of its own
    released    integer not null default 0  -- a person said that it is gone for good
) strict;

insert into folder_7 (id, path, inode, born) select id, path, inode, born from folder;
drop table folder;
alter table folder_7 rename to folder;
create index folder_at on folder (path);

alter table held add column likeness integer;   -- length, capture time and name of the original, as one number

create table forgotten (
    run         integer primary key         -- kept as a file, unknown to this ledger; a person has synced since
) strict;
