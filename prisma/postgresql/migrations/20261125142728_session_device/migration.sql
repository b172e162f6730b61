-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "address" TEXT,
ADD COLUMN     "user_agent" TEXT;

-- CreateIndex
CREATE INDEX "deliveries_account_id_created_at_idx" ON "deliveries"("account_id", "created_at");
