-- AlterTable
ALTER TABLE "consents" ADD COLUMN     "resources" TEXT,
ADD COLUMN     "shown_hash" TEXT;
