-- caught needs-approval: the release that runs now may meet NULL
ALTER TABLE orders ALTER COLUMN code DROP NOT NULL;
-- caught needs-approval: it calls the field required
-- old: model orders { id Int @id ; code String }
ALTER TABLE orders ALTER COLUMN code DROP NOT NULL;
-- quiet: it can read NULL
-- old: model orders { id Int @id ; code String? }
ALTER TABLE orders ALTER COLUMN code DROP NOT NULL;
-- quiet: it is nullable already
ALTER TABLE orders ALTER COLUMN total DROP NOT NULL;
