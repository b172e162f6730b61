-- AlterTable
ALTER TABLE "accounts" ADD COLUMN "imported_hash" TEXT;
ALTER TABLE "accounts" ADD COLUMN "imported_hash_replaced" INTEGER;

-- CreateIndex
CREATE INDEX "accounts_imported_hash_imported_hash_replaced_idx" ON "accounts"("imported_hash", "imported_hash_replaced");
