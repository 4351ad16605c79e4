-- caught needs-approval: as Prisma writes it where it cannot convert
ALTER TABLE "orders" DROP COLUMN "memo", ADD COLUMN "memo" INTEGER;
-- quiet: another name
ALTER TABLE orders ADD COLUMN memo2 int;
