-- AlterTable
ALTER TABLE "interactions" ADD COLUMN     "proven" TEXT;

-- CreateTable
CREATE TABLE "totps" (
    "account_id" TEXT NOT NULL,
    "sealed_secret" TEXT NOT NULL,
    "last_step" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "last_used_at" BIGINT NOT NULL,

    CONSTRAINT "totps_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "totp_setups" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "sealed_secret" TEXT NOT NULL,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "totp_setups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recovery_codes" (
    "account_id" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "used_at" BIGINT,

    CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("account_id","code_hash")
);

-- CreateTable
CREATE TABLE "remembered_devices" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "remembered_devices_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "totp_setups_account_id_idx" ON "totp_setups"("account_id");

-- CreateIndex
CREATE INDEX "totp_setups_expires_at_idx" ON "totp_setups"("expires_at");

-- CreateIndex
CREATE INDEX "remembered_devices_account_id_idx" ON "remembered_devices"("account_id");

-- CreateIndex
CREATE INDEX "remembered_devices_expires_at_idx" ON "remembered_devices"("expires_at");
