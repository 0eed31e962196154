-- Version 5: what was computed of a file of the library holds for one state of that file.

alter table resource_fact add column state integer;  -- changes with the file, as far as the library can tell; null: not noted
delete from resource_fact where role in (4, 5, 6);   -- an edit of equal size was taken for the one before it
