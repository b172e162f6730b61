-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "origin" TEXT;
