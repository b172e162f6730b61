/** Countersign under measurement: the built command line with a configuration and a database of its own. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BenchError } from './bench-error.ts'
import type { Person } from './browser.ts'
import { APP_SCOPE, AUDIENCE, type Client, type Clients, REDIRECT_URI, SERVICE_SCOPE } from './clients.ts'
import { databaseUsage } from './postgresql.ts'
import { freePort, type ServerProcess, startServer } from './server-process.ts'
import { fillPostgresql, fillSqlite } from './stored.ts'
import { DISCOVERY } from './target.ts'

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

export interface ServerSetup {
  /** Empty, and its own. */
  readonly folder: string
  readonly clients: Clients
  readonly people: readonly Person[]
}

export interface StartedServer extends ServerProcess {
  readonly issuer: string
}

/** Starts it, and starts it again when it was stopped. */
export type Start = () => Promise<StartedServer>

export interface CountersignDatabase {
  /** The URL of an empty database; undefined for SQLite in the folder, as it is shipped: synchronous FULL. */
  readonly postgresql?: string | undefined
  /** Grants that are stored beforehand, with their sessions and accounts. */
  readonly stored?: number
}

/** Makes its configuration, its database and the people's accounts. */
export async function prepareCountersign(
  { folder, clients, people }: ServerSetup,
  { postgresql, stored = 0 }: CountersignDatabase,
): Promise<Start> {
  mkdirSync(folder)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const config = join(folder, 'countersign.yaml')
  writeFileSync(config, JSON.stringify(configuration({ issuer, port, clients, postgresql })), { mode: 0o600 })
  const accounts = join(folder, 'accounts.jsonl')
  const lines = people.map((person) => JSON.stringify({ ...person, name: person.username, email: emailOf(person) }))
  writeFileSync(accounts, lines.join('\n'))
  const imported = spawnSync(process.execPath, [CLI, 'account', 'import', '--config', config, accounts])
  if (imported.status !== 0) throw new BenchError(`countersign account import failed:\n${imported.stderr}`)
  if (stored > 0 && postgresql === undefined) fillSqlite(join(folder, 'countersign.db'), { grants: stored })
  else if (stored > 0 && postgresql !== undefined) await fillPostgresql(postgresql, { grants: stored })
  const database = postgresql === undefined ? undefined : await databaseUsage(postgresql)
  return async () => {
    const server = await startServer([CLI, 'serve', '--config', config], {
      url: `${issuer}${DISCOVERY}`,
      logPath: join(folder, 'countersign.log'),
    })
    return {
      ...server,
      issuer,
      async usage() {
        const { cpu, rss } = await server.usage()
        return { cpu: cpu + (database?.() ?? 0), rss }
      },
    }
  }
}

export const emailOf = ({ username }: Person): string => `${username}@example.com`

/** YAML reads JSON. Whatever is not named here is as shipped: the request log too. */
function configuration(input: {
  readonly issuer: string
  readonly port: number
  readonly clients: Clients
  readonly postgresql: string | undefined
}): unknown {
  return {
    issuer: input.issuer,
    listen: { host: '127.0.0.1', port: input.port },
    database: { url: input.postgresql ?? 'file:./countersign.db' },
    keys: { sealing_key_file: './sealing.key' },
    // Signing in is not measured, so it may be quick.
    password_hashing: { memory: '7MiB', iterations: 1 },
    throttling: { exempt_networks: ['127.0.0.0/8', '::1'] },
    clients: Object.values(input.clients).map(clientEntry),
  }
}

function clientEntry({ id, secret, kind, algorithm }: Client): unknown {
  const common = { client_id: id, client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' }
  if (kind === 'service') {
    const token = { access_token_audience: [AUDIENCE], access_token_signed_response_alg: algorithm }
    return { ...common, ...token, grant_types: ['client_credentials'], scope: SERVICE_SCOPE }
  }
  return {
    ...common,
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: APP_SCOPE,
    id_token_signed_response_alg: algorithm,
    rotate_refresh_tokens: true,
  }
}
