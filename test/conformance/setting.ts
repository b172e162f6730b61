/** How a plan is run: which response mode, and where its clients come from. */
import { test } from 'node:test'
import type { TestApp } from '../fixtures/test-app.ts'
import type { Fields } from '../fixtures/test-client.ts'
import { aRun, type Mode, type Run } from './run.ts'
import { FIRST, POSTING, SECOND, type SuiteClient, suiteSite } from './site.ts'

export interface Setting {
  readonly mode: Mode
  readonly registration: 'static' | 'dynamic'
  started(): TestApp
  /** The client of a module. */
  first(): Promise<SuiteClient>
  second(): Promise<SuiteClient>
  posting(): Promise<SuiteClient>
}

/** To be called inside a `describe`: clients of the configuration. */
export function staticClients(mode: Mode = 'query'): Setting {
  return {
    ...{ mode, registration: 'static', started: suiteSite() },
    first: async () => FIRST,
    second: async () => SECOND,
    posting: async () => POSTING,
  }
}

export const newRun = async ({ started, mode, first }: Setting): Promise<Run> =>
  aRun(started(), { mode, client: await first() })

/** The module is a whole sign-on with `changes` in its request, and no more. */
export function succeeds(setting: Setting, module: string, title: string, changes: Fields): void {
  test(`[${module}] ${title}`, async () => {
    const run = await newRun(setting)
    await run.signOn(changes)
  })
}
