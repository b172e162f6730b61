/** What the stores of this folder are handed: Prisma's client of either database. */
import type { PrismaClient } from './generated/sqlite/client.ts'

/**
 * The two generated clients differ in types by the isolation levels of `$transaction` alone, and none is named here;
 * so SQLite's type stands for both.
 */
export type Database = Pick<
  PrismaClient,
  | '$queryRaw'
  | '$executeRaw'
  | '$transaction'
  | 'account'
  | 'session'
  | 'interaction'
  | 'consent'
  | 'grant'
  | 'registeredClient'
  | 'signingKey'
  | 'jwksFetch'
  | 'clientAddress'
  | 'sessionClient'
  | 'delivery'
  | 'securityNotice'
  | 'refusal'
  | 'configEntry'
  | 'auditEvent'
  | 'totp'
  | 'totpSetup'
  | 'recoveryCode'
  | 'passkey'
  | 'rememberedDevice'
  | 'oneTimeCode'
  | 'upstreamIdentity'
  | 'upstreamRequest'
>
