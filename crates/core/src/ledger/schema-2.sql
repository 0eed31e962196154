-- Version 2: who started a run. Nobody knows that of the runs before.

alter table run add column started_by text; -- 'command line', 'page', or 'schedule' and its name
