-- Version 17: looks tell whether they are of a small copy, and see colours and edges better.

-- Each is taken anew where it decides.
update picture_fact set glance = null;
update resource_picture_fact set glance = null;
