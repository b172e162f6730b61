-- CreateTable
CREATE TABLE "used_tokens" (
    "id" TEXT NOT NULL,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "used_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "used_tokens_expires_at_idx" ON "used_tokens"("expires_at");
