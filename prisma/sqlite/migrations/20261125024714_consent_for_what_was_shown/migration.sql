-- AlterTable
ALTER TABLE "consents" ADD COLUMN "resources" TEXT;
ALTER TABLE "consents" ADD COLUMN "shown_hash" TEXT;
