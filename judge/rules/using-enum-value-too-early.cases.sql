-- caught blocked: one transaction
-- prisma: 7.3.0
ALTER TYPE "OrderStatus" ADD VALUE 'LATE'; UPDATE orders SET status = 'LATE' WHERE id = 1;
-- caught needs-approval: Prisma's version is not known
ALTER TYPE "OrderStatus" ADD VALUE 'LATE'; ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'LATE';
-- quiet: each statement commits
-- prisma: 7.10.1
ALTER TYPE "OrderStatus" ADD VALUE 'LATE'; ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'LATE';
-- quiet: it is not used
-- prisma: 7.3.0
ALTER TYPE "OrderStatus" ADD VALUE 'LATE'; ALTER TYPE "OrderStatus" ADD VALUE 'GONE';
