-- caught needs-approval: nothing is known of the release that runs now
ALTER TABLE orders RENAME COLUMN total TO sum;
-- caught blocked: the release that runs now reads it
-- old: model orders { id Int @id ; total Decimal? }
ALTER TABLE orders RENAME COLUMN total TO sum;
-- quiet: in a table made here
CREATE TABLE parcels (id int); ALTER TABLE parcels RENAME COLUMN id TO number;
