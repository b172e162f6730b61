-- CreateTable
CREATE TABLE "one_time_codes" (
    "id" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "account_id" TEXT,
    "address" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "link_hash" TEXT NOT NULL,
    "interaction_id" TEXT,
    "browser_hash" TEXT,
    "details" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "code_expires_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "attempts_left" INTEGER NOT NULL,
    "used_at" BIGINT,
    "used_by" TEXT,
    "taken_up_at" BIGINT,

    CONSTRAINT "one_time_codes_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "one_time_codes_expires_at_idx" ON "one_time_codes"("expires_at");

-- CreateIndex
CREATE INDEX "one_time_codes_account_id_idx" ON "one_time_codes"("account_id");
