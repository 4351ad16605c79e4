-- caught needs-approval: the release that runs now does not know it
-- old: enum OrderStatus { OPEN ; PAID } model orders { id Int @id ; status OrderStatus }
ALTER TYPE "OrderStatus" ADD VALUE 'REFUNDED';
-- quiet: it knows it already
-- old: enum OrderStatus { OPEN ; PAID ; REFUNDED } model orders { id Int @id ; status OrderStatus }
ALTER TYPE "OrderStatus" ADD VALUE 'REFUNDED';
-- quiet: nothing is known of it
ALTER TYPE "OrderStatus" ADD VALUE 'REFUNDED';
