-- Version 22: which directories of a folder were disks of their own. A directory without a birth is none that its number tells.

create table disk (
    folder  integer not null references folder (id),
    path    any not null,               -- below the folder; a blob where it is not UTF-8
    primary key (folder, path)
) strict, without rowid;

update folder set inode = null, born = null where born = 0;
