-- CreateTable
CREATE TABLE "audit_events" (
    "number" BIGINT NOT NULL PRIMARY KEY,
    "at" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "account_id" TEXT,
    "client_id" TEXT,
    "flow_id" TEXT,
    "fields" TEXT NOT NULL,
    "previous_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "seal" TEXT
);

-- CreateTable
CREATE TABLE "audit_chains" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "head_number" BIGINT NOT NULL,
    "head_hash" TEXT NOT NULL,
    "head_seal" TEXT NOT NULL,
    "anchor_number" BIGINT NOT NULL,
    "anchor_hash" TEXT NOT NULL,
    "anchor_seal" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "audit_events_at_idx" ON "audit_events"("at");

-- CreateIndex
CREATE INDEX "audit_events_account_id_idx" ON "audit_events"("account_id");

-- CreateIndex
CREATE INDEX "audit_events_flow_id_idx" ON "audit_events"("flow_id");


-- The last event of a batch moves the head: one statement adds a batch, whole or not at all
CREATE TRIGGER "audit_events_move_head" AFTER INSERT ON "audit_events" WHEN NEW."seal" IS NOT NULL
BEGIN
  UPDATE "audit_chains" SET "head_number" = NEW."number", "head_hash" = NEW."hash", "head_seal" = NEW."seal";
END;

-- An event that was written is not changed any more
CREATE TRIGGER "audit_events_unchanged" BEFORE UPDATE ON "audit_events"
BEGIN
  SELECT RAISE(ABORT, 'audit events are not changed');
END;

-- Only what the chain has let go of may be deleted
CREATE TRIGGER "audit_events_kept" BEFORE DELETE ON "audit_events"
WHEN NOT EXISTS (SELECT 1 FROM "audit_chains" WHERE "anchor_number" >= OLD."number")
BEGIN
  SELECT RAISE(ABORT, 'audit events are not deleted before their time');
END;
