-- Version 18: a motion photo tells whether only its movie ends too early.

-- What ends too early is read again. Fingerprints stay.
update fact set has_header = 0 where truncated is not null;
