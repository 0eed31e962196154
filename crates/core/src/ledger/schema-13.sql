-- Version 13: dates that are known in part, and what a person wrote into a file beside the camera's word.

alter table fact add column captured_known text; -- 'day', 'month' or 'year', where no more is known
alter table fact add column corrected text;      -- ISO 8601

-- More dates are read than before. Fingerprints stay.
update fact set has_header = 0 where captured is null;
