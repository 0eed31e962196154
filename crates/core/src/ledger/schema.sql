-- The ledger, version 1. docs/ledger.md says what each table means.

create table folder (
    id      integer primary key,
    path    any not null unique,            -- canonical; a blob where it is not UTF-8
    inode   integer,                        -- of the directory, by which it is known again after a move
    born    integer                         -- when it was made, nanoseconds since 1970
) strict;

create table library (
    id      integer primary key,
    uuid    text,                           -- what the library calls itself
    path    any not null
) strict;

create table link (
    id                  integer primary key,
    origin              text not null check (origin in ('folder', 'library', 'both')),
    kind                text not null check (kind in ('photo', 'video')),
    captured            integer,            -- seconds since 1970 on the clock that `zone` names
    captured_nanos      integer,
    zone                integer,            -- seconds east of UTC, where captured_clock is 'zoned'
    captured_clock      text check (captured_clock in ('wall', 'utc', 'zoned')),
    content_identifier  text,
    undone              integer not null default 0
) strict;

create table link_resource (
    fingerprint blob not null,
    link        integer not null references link (id),
    role        integer not null,
    size        integer not null,
    primary key (fingerprint, link)
) strict, without rowid;

create table link_path (
    folder  integer not null references folder (id),
    path    any not null,
    link    integer not null references link (id),
    role    integer not null,
    run     integer references run (id),    -- that put the file there, if one did
    written blob,                           -- the fingerprint of what it put there
    former  integer not null default 0,     -- another photo lies there since
    primary key (folder, path, link)
) strict, without rowid;

create table link_asset (
    library integer not null references library (id),
    asset   text not null,
    link    integer not null references link (id),
    exported integer not null default 0,
    edited  integer not null default 0,     -- when it was exported
    render  blob,                           -- the fingerprint of the edit, where it was known
    run     integer references run (id),    -- that imported it, if one did
    primary key (library, asset)
) strict, without rowid;

create table baseline (
    library integer primary key references library (id),
    instant text not null
) strict;

create table held (
    library     integer not null references library (id),
    asset       text not null,
    fingerprint blob,
    primary key (library, asset)
) strict, without rowid;

create table synced (
    folder  integer not null references folder (id),
    library integer not null references library (id),
    primary key (folder, library)
) strict, without rowid;

create table decision (
    fingerprint blob primary key,
    size        integer not null,
    choice      text not null check (choice in ('leave out', 'take in')),
    name        text not null,              -- of the file when it was decided, for people
    made        text not null
) strict, without rowid;

create table fact (
    folder              integer not null references folder (id),
    path                any not null,
    size                integer not null,
    mtime               integer not null,   -- nanoseconds since 1970
    ctime               integer not null,
    inode               integer not null,
    fingerprint         blob,
    has_header          integer not null,
    captured            integer,
    captured_nanos      integer,
    zone                integer,
    captured_clock      text,
    captured_source     text,
    width               integer,
    height              integer,
    camera              text,
    content_identifier  text,
    duration_ms         integer,
    latitude            real,
    longitude           real,
    truncated           text,
    primary key (folder, path)
) strict, without rowid;

create table resource_fact (
    library     integer not null references library (id),
    asset       text not null,
    role        integer not null,
    size        integer not null,
    fingerprint blob not null,
    primary key (library, asset, role)
) strict, without rowid;

create table journal (
    id      integer primary key,
    run     integer not null references run (id),
    library integer not null references library (id),
    folder  integer not null references folder (id),
    export  integer not null,               -- 1: from the library to the folder
    asset   text not null,                  -- of an import the prospective id
    intent  text not null                   -- JSON: what is being carried
) strict;

create table run (
    id          integer primary key,
    command     text not null,              -- simulate or sync
    mode        text not null,
    started     text not null,
    ended       text,
    state       text not null check (state in ('running', 'done', 'failed', 'cancelled', 'interrupted', 'needs your look')),
    report      text                        -- JSON: the counts
) strict;
