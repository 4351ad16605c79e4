-- caught needs-approval: the whole table is read
ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
-- caught needs-approval: the check is there, but not validated
-- given: ALTER TABLE orders ADD CONSTRAINT total_set CHECK (total IS NOT NULL) NOT VALID
ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
-- caught notice: a validated check proves it
ALTER TABLE orders ALTER COLUMN memo SET NOT NULL;
-- caught needs-approval: proved, but the release that runs now may leave it out
-- old: model orders { id Int @id ; memo String? }
ALTER TABLE orders ALTER COLUMN memo SET NOT NULL;
-- quiet: proved, and the release that runs now always sets it
-- old: model orders { id Int @id ; memo String }
ALTER TABLE orders ALTER COLUMN memo SET NOT NULL;
-- quiet: it is NOT NULL already
ALTER TABLE orders ALTER COLUMN code SET NOT NULL;
