-- caught needs-approval: nothing is known of the release that runs now
DROP TABLE audit;
-- caught blocked: the release that runs now reads it
-- old: model audit { id Int @id }
DROP TABLE audit;
-- caught notice: it does not
-- old: model orders { id Int @id }
DROP TABLE audit;
-- quiet: made here
CREATE TABLE parcels (id int); DROP TABLE parcels;
