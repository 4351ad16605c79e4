-- caught needs-approval: a value
ALTER TYPE "OrderStatus" RENAME VALUE 'PAID' TO 'SETTLED';
-- caught needs-approval: the type
ALTER TYPE "OrderStatus" RENAME TO "Status";
-- quiet: no release uses it
-- old: model audit { id Int @id }
ALTER TYPE "OrderStatus" RENAME TO "Status";
-- quiet: as Prisma removes a value
CREATE TYPE "OrderStatus_new" AS ENUM ('OPEN'); ALTER TYPE "OrderStatus" RENAME TO "OrderStatus_old"; ALTER TYPE "OrderStatus_new" RENAME TO "OrderStatus";
