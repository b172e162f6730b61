-- CreateTable
CREATE TABLE "upstream_identities" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "linked_at" BIGINT NOT NULL,
    "last_used_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "upstream_requests" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "provider" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "interaction_id" TEXT,
    "session_id" TEXT,
    "browser_hash" TEXT NOT NULL,
    "fresh_since" BIGINT,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "used_at" BIGINT
);

-- CreateIndex
CREATE INDEX "upstream_identities_account_id_idx" ON "upstream_identities"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "upstream_identities_issuer_subject_key" ON "upstream_identities"("issuer", "subject");

-- CreateIndex
CREATE INDEX "upstream_requests_expires_at_idx" ON "upstream_requests"("expires_at");
