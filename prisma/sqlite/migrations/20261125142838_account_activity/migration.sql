-- DropIndex
DROP INDEX "audit_events_account_id_idx";

-- CreateIndex
CREATE INDEX "audit_events_account_id_at_number_idx" ON "audit_events"("account_id", "at", "number");
