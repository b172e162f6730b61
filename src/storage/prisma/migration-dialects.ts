/** The statements about `_prisma_migrations` that the two databases word differently. */
import type { SqlQuery } from '@prisma/driver-adapter-utils'

export interface MigrationDialect {
  /** Keeps other processes from migrating until the transaction ends; undefined: beginning it already does. */
  readonly lock: string | undefined
  /** One row: how many tables of that name there are. */
  readonly countTable: string
  readonly createTable: string
  /** Takes id, checksum, name. */
  readonly insert: string
}

/** A statement as driver adapters take it; arguments are texts. Without any, both take a script of several statements. */
export function statement(sql: string, args: readonly string[] = []): SqlQuery {
  return { sql, args: [...args], argTypes: args.map(() => ({ scalarType: 'string', arity: 'scalar' })) }
}

export const sqliteDialect: MigrationDialect = {
  lock: undefined,
  countTable: `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`,
  createTable: `CREATE TABLE "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`,
  // Prisma's engine writes times as milliseconds here.
  insert: `INSERT INTO "_prisma_migrations"
    ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
    VALUES (?, ?, ?, unixepoch() * 1000, unixepoch() * 1000, 1)`,
}

export const postgresqlDialect: MigrationDialect = {
  // The key that Prisma's own engine locks; held until the transaction ends, so it works behind a pooler, too.
  lock: `SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock(72707369)`,
  countTable: `SELECT CASE WHEN to_regclass('_prisma_migrations') IS NULL THEN 0 ELSE 1 END`,
  createTable: `CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`,
  insert: `INSERT INTO _prisma_migrations
    (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
    VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp(), 1)`,
}
