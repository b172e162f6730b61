-- AlterTable
ALTER TABLE "grants" ADD COLUMN "resources" TEXT;
