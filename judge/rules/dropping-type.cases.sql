-- caught needs-approval: with its columns
DROP TYPE "OrderStatus" CASCADE;
-- caught notice: only if nothing uses it
DROP TYPE "OrderStatus";
-- caught needs-approval: the release that runs now casts to it
-- old: enum OrderStatus { OPEN ; PAID } model orders { id Int @id ; status OrderStatus }
DROP TYPE "OrderStatus";
-- quiet: a table
DROP TABLE audit;
