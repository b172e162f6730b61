/** Which servers are measured, and which of them are compared with each other. */
import { Client } from 'pg'
import { prepareCountersign, type ServerSetup, type Start } from './countersign.ts'
import { prepareOidcProvider } from './oidc-provider/start.ts'
import type { Options } from './options.ts'

export interface Named {
  readonly name: string
  readonly start: Start
}

export interface Contest {
  /** Each is a table of its own, in which the first is compared with the others. */
  readonly groups: readonly (readonly Named[])[]
  /** What the first one is called where it is compared. */
  readonly first: string
}

type Setup = (name: string) => ServerSetup

/** Countersign beside oidc-provider. */
export async function allStarts({ postgresql }: Options, setup: Setup): Promise<Contest> {
  const servers = [
    { name: 'Countersign, SQLite', start: await prepareCountersign(setup('countersign'), {}) },
    { name: 'oidc-provider, memory', start: await prepareOidcProvider(setup('oidc-provider-memory'), 'memory') },
    { name: 'oidc-provider, SQLite', start: await prepareOidcProvider(setup('oidc-provider-sqlite'), 'sqlite') },
  ]
  if (postgresql !== undefined) {
    const start = await prepareCountersign(setup('countersign-postgresql'), { postgresql })
    servers.push({ name: 'Countersign, PostgreSQL', start })
  }
  return { groups: [servers], first: 'Countersign' }
}

/** Countersign beside itself: with a full database and with an empty one. */
export async function ownStarts({ postgresql, stored }: Options, setup: Setup): Promise<Contest> {
  const full = `${stored.toLocaleString('en-US')} grants`
  const sqlite = [
    { name: `SQLite, ${full}`, start: await prepareCountersign(setup('sqlite-full'), { stored }) },
    { name: 'SQLite, empty', start: await prepareCountersign(setup('sqlite-empty'), {}) },
  ]
  if (postgresql === undefined) return { groups: [sqlite], first: 'full' }
  const database = { postgresql: await databaseBeside(postgresql), stored }
  const onPostgresql = [
    { name: `PostgreSQL, ${full}`, start: await prepareCountersign(setup('postgresql-full'), database) },
    { name: 'PostgreSQL, empty', start: await prepareCountersign(setup('postgresql-empty'), { postgresql }) },
  ]
  return { groups: [sqlite, onPostgresql], first: 'full' }
}

/** Makes it anew. Gives its URL. */
async function databaseBeside(url: string): Promise<string> {
  const beside = new URL(url)
  beside.pathname += '_stored'
  const name = decodeURIComponent(beside.pathname.slice(1)).replaceAll('"', '""')
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`DROP DATABASE IF EXISTS "${name}"`)
    await client.query(`CREATE DATABASE "${name}"`)
  } finally {
    await client.end()
  }
  return beside.href
}
