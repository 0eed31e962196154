-- Version 8: on a disk that gives inodes anew, a sample of a file's bytes tells whether it is the one that was read.

alter table fact add column sample integer; -- of its beginning, middle and end; null where the disk needs none
