/** How many connections there may be and how long anything may take, with the defaults of the configuration file. */
import { parseDuration } from '../../base/duration.ts'
import type { DatabaseConfig, DatabaseLimits } from '../../config/config.ts'
import { DATABASE_LIMITS } from '../../config/schema/server.ts'

export const limitsOf = ({ limits }: Pick<DatabaseConfig, 'limits'>): DatabaseLimits => limits ?? DEFAULTS

const DEFAULTS: DatabaseLimits = {
  maxConnections: DATABASE_LIMITS.max_connections,
  connectTimeout: parseDuration(DATABASE_LIMITS.connect_timeout) ?? 0,
  statementTimeout: parseDuration(DATABASE_LIMITS.statement_timeout) ?? 0,
  busyTimeout: parseDuration(DATABASE_LIMITS.busy_timeout) ?? 0,
}
