-- caught needs-approval: nothing is known of the release that runs now
ALTER TABLE orders DROP COLUMN tags;
-- caught blocked: the release that runs now reads it
-- old: model orders { id Int @id ; total Decimal? }
ALTER TABLE orders DROP COLUMN total;
-- caught notice: no release reads it any more
-- old: model orders { id Int @id }
ALTER TABLE orders DROP COLUMN total;
-- caught blocked: by its mapped names
-- old: model Order { id Int @id ; sum Decimal? @map("total") ; @@map("orders") }
ALTER TABLE "orders" DROP COLUMN "total";
-- quiet: made and dropped here
ALTER TABLE orders ADD COLUMN x int; ALTER TABLE orders DROP COLUMN x;
