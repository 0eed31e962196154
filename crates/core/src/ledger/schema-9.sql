-- Version 9: what was seen of pictures, so that it need not be read and decoded again.

create table picture_fact (
    folder      integer not null references folder (id),
    path        any not null,
    size        integer not null,
    mtime       integer not null,           -- nanoseconds since 1970
    ctime       integer not null,
    inode       integer not null,
    digest      blob,                       -- of the coded picture; empty where it cannot be told from the rest
    glance      blob,                       -- 32 by 32 points of red, green and blue; empty where it cannot be looked at
    history     text,                       -- the programs that the picture went through
    primary key (folder, path)
) strict;

create table resource_picture_fact (
    library     integer not null references library (id),
    asset       text not null,
    role        integer not null,
    size        integer not null,
    state       integer not null,           -- changes with the file, as far as the library can tell
    digest      blob,
    glance      blob,
    history     text,
    primary key (library, asset, role)
) strict;
