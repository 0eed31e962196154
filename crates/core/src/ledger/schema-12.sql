-- Version 12: a person can say that a file and the photo that came before it are one.

create table decision_with_join (
    fingerprint blob primary key,
    size        integer not null,
    choice      text not null check (choice in ('leave out', 'take in', 'join')),
    name        text not null,              -- of the file when it was decided, for people
    made        text not null
) strict, without rowid;

insert into decision_with_join (fingerprint, size, choice, name, made)
select fingerprint, size, choice, name, made from decision;

drop table decision;
alter table decision_with_join rename to decision;
