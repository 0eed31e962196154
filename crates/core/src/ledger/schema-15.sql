-- Version 15: whether a movie stands behind a picture.

alter table picture_fact add column moves integer;          -- 1 or 0; null where nobody can tell
alter table resource_picture_fact add column moves integer;

-- Digests of movies tell now what is played of them, and looks whether something moves: each is found anew where it decides.
delete from picture_fact;
delete from resource_picture_fact;
