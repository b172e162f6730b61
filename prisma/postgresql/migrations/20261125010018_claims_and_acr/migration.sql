-- AlterTable
ALTER TABLE "consents" ADD COLUMN     "claims" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "grants" ADD COLUMN     "acr" TEXT,
ADD COLUMN     "claims" TEXT;
