-- CreateTable
CREATE TABLE "clients" (
    "id" TEXT NOT NULL,
    "slot" INTEGER NOT NULL,
    "metadata" TEXT NOT NULL,
    "secret_hash" TEXT,
    "sealed_secret" TEXT,
    "registration_token_hash" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "last_used_at" BIGINT,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "clients_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "clients_slot_key" ON "clients"("slot");

-- CreateIndex
CREATE INDEX "clients_expires_at_idx" ON "clients"("expires_at");

-- CreateIndex
CREATE INDEX "consents_client_id_idx" ON "consents"("client_id");
