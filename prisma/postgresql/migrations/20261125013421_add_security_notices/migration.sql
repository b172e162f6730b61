-- CreateTable
CREATE TABLE "security_notices" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "dismissed_at" BIGINT,

    CONSTRAINT "security_notices_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "security_notices_account_id_idx" ON "security_notices"("account_id");

-- CreateIndex
CREATE INDEX "security_notices_created_at_idx" ON "security_notices"("created_at");
