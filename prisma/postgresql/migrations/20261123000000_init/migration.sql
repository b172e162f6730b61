-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "username_key" TEXT NOT NULL,
    "email_key" TEXT,
    "password_hash" TEXT,
    "claims" TEXT NOT NULL,
    "disabled_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "authenticated_at" BIGINT NOT NULL,
    "amr" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "last_seen_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "ended_at" BIGINT,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "interactions" (
    "id" TEXT NOT NULL,
    "browser_hash" TEXT NOT NULL,
    "client_id" TEXT,
    "parameters" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "completed_at" BIGINT,
    "selected_account_id" TEXT,

    CONSTRAINT "interactions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consents" (
    "account_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "consented_at" BIGINT NOT NULL,

    CONSTRAINT "consents_pkey" PRIMARY KEY ("account_id","client_id")
);

-- CreateTable
CREATE TABLE "grants" (
    "id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "nonce" TEXT,
    "authenticated_at" BIGINT NOT NULL,
    "amr" TEXT NOT NULL,
    "redirect_uri" TEXT NOT NULL,
    "code_challenge" TEXT,
    "code_hash" TEXT NOT NULL,
    "code_expires_at" BIGINT NOT NULL,
    "code_consumed_at" BIGINT,
    "refresh_salt" TEXT NOT NULL,
    "refresh_generation" INTEGER NOT NULL,
    "refresh_rotated_at" BIGINT,
    "refresh_expires_at" BIGINT,
    "expires_at" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "revoked_at" BIGINT,
    "revoked_because" TEXT,

    CONSTRAINT "grants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "revoked_tokens" (
    "jti" TEXT NOT NULL,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "revoked_tokens_pkey" PRIMARY KEY ("jti")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "kid" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "slot" TEXT,
    "public_jwk" TEXT NOT NULL,
    "sealed_private_jwk" TEXT,
    "published_at" BIGINT NOT NULL,
    "activated_at" BIGINT,
    "retired_at" BIGINT,
    "withdraw_at" BIGINT,
    "revoked_at" BIGINT,

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("kid")
);

-- CreateIndex
CREATE UNIQUE INDEX "accounts_username_key_key" ON "accounts"("username_key");

-- CreateIndex
CREATE INDEX "accounts_email_key_idx" ON "accounts"("email_key");

-- CreateIndex
CREATE INDEX "sessions_account_id_idx" ON "sessions"("account_id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE INDEX "interactions_expires_at_idx" ON "interactions"("expires_at");

-- CreateIndex
CREATE INDEX "grants_account_id_idx" ON "grants"("account_id");

-- CreateIndex
CREATE INDEX "grants_expires_at_idx" ON "grants"("expires_at");

-- CreateIndex
CREATE INDEX "revoked_tokens_expires_at_idx" ON "revoked_tokens"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "signing_keys_slot_key" ON "signing_keys"("slot");
