-- CreateTable
CREATE TABLE "jwks_fetches" (
    "id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "user_agent" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "first_seen_at" BIGINT NOT NULL,
    "last_seen_at" BIGINT NOT NULL,
    "kids" TEXT NOT NULL,

    CONSTRAINT "jwks_fetches_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "client_addresses" (
    "client_id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "first_seen_at" BIGINT NOT NULL,
    "last_seen_at" BIGINT NOT NULL,

    CONSTRAINT "client_addresses_pkey" PRIMARY KEY ("client_id","address")
);

-- CreateIndex
CREATE INDEX "jwks_fetches_last_seen_at_idx" ON "jwks_fetches"("last_seen_at");

-- CreateIndex
CREATE INDEX "client_addresses_address_idx" ON "client_addresses"("address");

-- CreateIndex
CREATE INDEX "client_addresses_last_seen_at_idx" ON "client_addresses"("last_seen_at");
