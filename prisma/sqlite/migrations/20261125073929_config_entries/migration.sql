-- CreateTable
CREATE TABLE "config_entries" (
    "kind" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "entry" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "since" BIGINT NOT NULL,
    "removed_at" BIGINT,
    "ends_before" BIGINT,

    PRIMARY KEY ("kind", "id")
);

-- CreateTable
CREATE TABLE "client_uses" (
    "client_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "redirect_uri" TEXT NOT NULL,
    "day" BIGINT NOT NULL,
    "count" BIGINT NOT NULL,
    "last_at" BIGINT NOT NULL,

    PRIMARY KEY ("client_id", "kind", "redirect_uri", "day")
);

-- CreateIndex
CREATE INDEX "client_uses_day_idx" ON "client_uses"("day");
