-- CreateIndex
CREATE INDEX "deliveries_client_id_created_at_idx" ON "deliveries"("client_id", "created_at");

-- CreateIndex
CREATE INDEX "deliveries_given_up_at_idx" ON "deliveries"("given_up_at");

-- CreateIndex
CREATE INDEX "refusals_client_id_at_idx" ON "refusals"("client_id", "at");

-- CreateIndex
CREATE INDEX "refusals_failed_check_at_idx" ON "refusals"("failed_check", "at");
