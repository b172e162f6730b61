-- CreateTable
CREATE TABLE "refusals" (
    "id" TEXT NOT NULL,
    "error_id" TEXT NOT NULL,
    "flow_id" TEXT,
    "at" BIGINT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "status" BIGINT NOT NULL,
    "client_id" TEXT,
    "account_id" TEXT,
    "code" TEXT,
    "description" TEXT NOT NULL,
    "failed_check" TEXT NOT NULL,
    "expected" TEXT,
    "came" TEXT,
    "facts" TEXT NOT NULL,
    "more" BIGINT NOT NULL DEFAULT 0,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "refusals_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "refusals_error_id_idx" ON "refusals"("error_id");

-- CreateIndex
CREATE INDEX "refusals_flow_id_idx" ON "refusals"("flow_id");

-- CreateIndex
CREATE INDEX "refusals_at_idx" ON "refusals"("at");

-- CreateIndex
CREATE INDEX "refusals_expires_at_idx" ON "refusals"("expires_at");
