-- caught notice: Prisma says it itself
/* Warnings:
  - You are about to drop the column `memo` on the `orders` table. All the data in the column will be lost.
*/
ALTER TABLE "orders" DROP COLUMN "memo";
-- quiet: a comment of one's own
/* Take care */ ALTER TABLE orders ADD COLUMN x int;
