-- AlterTable
ALTER TABLE "interactions" ADD COLUMN "username" TEXT;
