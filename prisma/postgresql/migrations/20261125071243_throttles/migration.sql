-- CreateTable
CREATE TABLE "throttles" (
    "id" TEXT NOT NULL,
    "empty_at" BIGINT NOT NULL,

    CONSTRAINT "throttles_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "throttles_empty_at_idx" ON "throttles"("empty_at");
