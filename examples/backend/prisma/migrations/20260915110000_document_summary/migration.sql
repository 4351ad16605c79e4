-- AlterTable
ALTER TABLE "documents" ADD COLUMN "summary" TEXT;
