-- CreateTable
CREATE TABLE "session_clients" (
    "session_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "has_back_channel" INTEGER NOT NULL,
    "has_front_channel" INTEGER NOT NULL,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "session_clients_pkey" PRIMARY KEY ("session_id","client_id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "client_id" TEXT,
    "account_id" TEXT,
    "payload" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "next_attempt_at" BIGINT,
    "attempts" INTEGER NOT NULL,
    "delivered_at" BIGINT,
    "given_up_at" BIGINT,
    "last_failure" TEXT,

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "session_clients_expires_at_idx" ON "session_clients"("expires_at");

-- CreateIndex
CREATE INDEX "deliveries_next_attempt_at_idx" ON "deliveries"("next_attempt_at");

-- CreateIndex
CREATE INDEX "deliveries_created_at_idx" ON "deliveries"("created_at");
