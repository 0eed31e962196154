-- Version 23: photos of a library that were not exported because a file of a link showed the same.

create table shown (
    fingerprint blob not null,          -- of the photo in the library
    link        integer not null references link (id),
    primary key (fingerprint, link)
) strict, without rowid;
