-- AlterTable
ALTER TABLE "grants" ADD COLUMN "acr" TEXT;
ALTER TABLE "grants" ADD COLUMN "claims" TEXT;

-- AlterTable
ALTER TABLE "consents" ADD COLUMN "claims" TEXT NOT NULL DEFAULT '';
