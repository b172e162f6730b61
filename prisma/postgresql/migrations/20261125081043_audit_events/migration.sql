-- CreateTable
CREATE TABLE "audit_events" (
    "number" BIGINT NOT NULL,
    "at" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "account_id" TEXT,
    "client_id" TEXT,
    "flow_id" TEXT,
    "fields" TEXT NOT NULL,
    "previous_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "seal" TEXT,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "audit_chains" (
    "id" TEXT NOT NULL,
    "head_number" BIGINT NOT NULL,
    "head_hash" TEXT NOT NULL,
    "head_seal" TEXT NOT NULL,
    "anchor_number" BIGINT NOT NULL,
    "anchor_hash" TEXT NOT NULL,
    "anchor_seal" TEXT NOT NULL,

    CONSTRAINT "audit_chains_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_events_at_idx" ON "audit_events"("at");

-- CreateIndex
CREATE INDEX "audit_events_account_id_idx" ON "audit_events"("account_id");

-- CreateIndex
CREATE INDEX "audit_events_flow_id_idx" ON "audit_events"("flow_id");


-- An event that was written is not changed any more, and only what the chain has let go of may be deleted.
-- \x3B is a semicolon: Prisma's tools take a script apart at every one that they see
CREATE FUNCTION "audit_events_append_only"() RETURNS trigger LANGUAGE plpgsql AS E'
BEGIN
  IF TG_OP = \'DELETE\' THEN
    IF EXISTS (SELECT 1 FROM "audit_chains" WHERE "anchor_number" >= OLD."number") THEN
      RETURN OLD\x3B
    END IF\x3B
    RAISE EXCEPTION \'audit events are not deleted before their time\'\x3B
  END IF\x3B
  RAISE EXCEPTION \'audit events are not changed\'\x3B
END';

CREATE TRIGGER "audit_events_unchanged" BEFORE UPDATE OR DELETE ON "audit_events"
  FOR EACH ROW EXECUTE FUNCTION "audit_events_append_only"();

CREATE TRIGGER "audit_events_kept" BEFORE TRUNCATE ON "audit_events"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_events_append_only"();
