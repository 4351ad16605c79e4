-- caught needs-approval: as Prisma writes it
BEGIN; CREATE TYPE "OrderStatus_new" AS ENUM ('OPEN'); ALTER TABLE orders ALTER COLUMN status DROP DEFAULT; ALTER TABLE orders ALTER COLUMN status TYPE "OrderStatus_new" USING (status::text::"OrderStatus_new"); ALTER TYPE "OrderStatus" RENAME TO "OrderStatus_old"; ALTER TYPE "OrderStatus_new" RENAME TO "OrderStatus"; DROP TYPE "OrderStatus_old"; COMMIT;
-- quiet: a value is added
ALTER TYPE "OrderStatus" ADD VALUE 'LATE';
