-- CreateTable
CREATE TABLE "instances" (
    "id" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "started_at" BIGINT NOT NULL,
    "seen_at" BIGINT NOT NULL,
    "turn" INTEGER NOT NULL,
    "asked" INTEGER NOT NULL DEFAULT 0,
    "answered" INTEGER NOT NULL DEFAULT 0,
    "answer" TEXT,

    CONSTRAINT "instances_pkey" PRIMARY KEY ("id")
);
