/** How a plan is run: which response mode, where its clients come from, how they authenticate. */
import { after, before, test } from 'node:test'
import type { Config } from '../../src/config/config.ts'
import type { TestApp } from '../fixtures/test-app.ts'
import type { Fields } from '../fixtures/test-client.ts'
import { type ClientServer, startClientServer } from './client-server.ts'
import { aRun, type Mode, type ResponseType, type Run } from './run.ts'
import { documentedConfig, FIRST, IMPLICIT, POSTING, SECOND, type SuiteClient, suiteSite } from './site.ts'

type Json = Readonly<Record<string, unknown>>

export interface Setting {
  readonly mode: Mode
  readonly responseType: ResponseType
  started(): TestApp
  /** The client of a module; `changes` are for one that registers itself. */
  first(changes?: Json): Promise<SuiteClient>
  second(changes?: Json): Promise<SuiteClient>
  posting(): Promise<SuiteClient>
}

/** To be called inside a `describe`: clients of the configuration. */
export function staticClients(mode: Mode = 'query', config: Partial<Config> = {}): Setting {
  return {
    ...{ mode, responseType: 'code', started: suiteSite(() => ({ config })) },
    first: async () => FIRST,
    second: async () => SECOND,
    posting: async () => POSTING,
  }
}

/** To be called inside a `describe`: a client of the configuration that gets its tokens from the authorization endpoint. */
export function implicitClients(responseType: Exclude<ResponseType, 'code'>): Setting {
  const started = suiteSite(() => ({ config: { implicitFlow: documentedConfig().implicitFlow } }))
  const find = async (): Promise<SuiteClient> => IMPLICIT
  return { mode: 'fragment', responseType, started, first: find, second: find, posting: find }
}

/** A setting whose clients have a web server: all their addresses are below `base`. */
export interface ServedSetting extends Setting {
  server(): ClientServer
  base(): string
}

/** To be called inside a `describe`, before the site that its clients belong to. */
export function serving() {
  let running: ClientServer | undefined
  before(async () => {
    running = await startClientServer()
  })
  after(() => running?.close())
  const server = (): ClientServer => {
    if (running === undefined) throw new Error('the server is there only while the tests of its describe run')
    return running
  }
  return { server, base: (): string => `${server().origin}/test/a/countersign` }
}

/** To be called inside a `describe`: this client of the configuration, with a server on a port. */
export function servedClient(known: SuiteClient): ServedSetting {
  const { server, base } = serving()
  const started = suiteSite(() => ({ clients: documentedConfig(base()).clients, egress: server().egress }))
  const find = async (): Promise<SuiteClient> => ({ ...known, redirectUri: `${base()}/callback` })
  return { mode: 'query', responseType: 'code', server, base, started, first: find, second: find, posting: find }
}

export const newRun = async ({ started, mode, responseType, first }: Setting): Promise<Run> =>
  aRun(started(), { mode, responseType, client: await first() })

/** The module is a whole sign-on with `changes` in its request, and no more. */
export function succeeds(setting: Setting, module: string, title: string, changes: Fields): void {
  test(`[${module}] ${title}`, async () => {
    const run = await newRun(setting)
    await run.signOn(changes)
  })
}
