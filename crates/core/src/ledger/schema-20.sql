-- Version 20: a folder is known again by the links that led to it, too.

alter table folder add column name any; -- the path that people know it by, where links lead from that to `path`
