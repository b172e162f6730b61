-- CreateTable
CREATE TABLE "throttles" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "empty_at" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "throttles_empty_at_idx" ON "throttles"("empty_at");
