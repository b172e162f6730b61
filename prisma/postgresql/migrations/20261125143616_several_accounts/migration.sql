-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "chosen_at" BIGINT;
