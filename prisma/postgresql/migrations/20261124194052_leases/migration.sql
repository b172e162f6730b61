-- CreateTable
CREATE TABLE "leases" (
    "name" TEXT NOT NULL,
    "holder" TEXT,
    "turn" INTEGER NOT NULL,

    CONSTRAINT "leases_pkey" PRIMARY KEY ("name")
);
