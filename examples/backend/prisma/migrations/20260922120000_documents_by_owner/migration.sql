-- CreateIndex
CREATE INDEX CONCURRENTLY "documents_ownerId_idx" ON "documents"("ownerId");
