-- caught needs-approval: rows appear in the parent
ALTER TABLE audit INHERIT events_loose;
-- quiet: a table made here
CREATE TABLE parcels (id int, day date); ALTER TABLE parcels INHERIT events_loose;
