-- Version 3: the history finds runs by what they came to without reading the report of each, and what a run carried.

alter table run add column failures integer generated always as (
    case when json_valid(report)
        then coalesce(json_extract(report, '$.import.failed'), 0) + coalesce(json_extract(report, '$.export.failed'), 0)
        else 0
    end
) virtual;                                  -- photos that failed, either way

create index run_with_failures on run (id) where failures > 0 or state = 'failed';
create index run_to_look_at on run (id) where state = 'needs your look';
create index run_of_command on run (command);

create index path_of_run on link_path (run) where run is not null;
create index asset_of_run on link_asset (run) where run is not null;
