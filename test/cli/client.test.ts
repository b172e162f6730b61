/** countersign client list and remove. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clientCommand } from '../../src/cli/client.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import type { RegisteredClient } from '../../src/storage/storage.ts'
import { aClient } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { aRegisteredClient } from '../storage/records.ts'

function anInstallation(registered: readonly RegisteredClient[] = [], clients = [aClient()]) {
  const rows = new Map(registered.map((record) => [record.id, record]))
  const registeredClients = {
    find: async (id: string) => rows.get(id),
    list: async ({ after, limit }: { after: string | undefined; limit: number }) =>
      [...rows.values()].filter(({ id }) => after === undefined || id > after).slice(0, limit),
    remove: async (id: string) => rows.delete(id),
  }
  let closed = 0
  const opened = {
    config: { clients },
    storage: { registeredClients },
    record: async () => {},
    close: async () => void closed++,
  }
  const command = clientCommand(async () => opened as never)
  const run = async (...args: string[]) => {
    const terminal = fakeTerminal()
    const status = await command.run(args, terminal).finally(() => assert.equal(closed, 1, 'closed'))
    return { status, out: terminal.out() }
  }
  return { run, rows, command }
}

describe('client list', () => {
  test('shows those of the file and those that registered themselves, where they lead and when they were used', async () => {
    const record = aRegisteredClient('reg_one', { lastUsedAt: START })
    const { out, status } = await anInstallation([record]).run('list')
    assert.equal(status, 0)
    assert.match(out, /^app +App +file +app\.example$/m)
    assert.match(out, /^reg_one +Tool “of” Löwe +registration +tool\.example +2026-01-15T12:00:00.000Z +2026-/m)
  })

  test('--json, without secrets or their hashes', async () => {
    const { out } = await anInstallation([aRegisteredClient('reg_one')]).run('list', '--json')
    const [file, registered] = JSON.parse(out)
    assert.deepEqual(
      [file.client_id, file.source, registered.client_id, registered.source],
      ['app', 'file', 'reg_one', 'registration'],
    )
    assert.equal(registered.expires_at, '2026-01-16T12:00:00.000Z')
    assert.doesNotMatch(out, /hash|sealed|"client_secret"/)
  })

  test('marks one that registered itself whose id the file has: the file is served', async () => {
    const both = () => anInstallation([aRegisteredClient('reg_one')], [aClient({ id: 'reg_one' })])
    assert.match((await both().run('list')).out, /^reg_one .*not served: the file has this id/m)
    const [, registered] = JSON.parse((await both().run('list', '--json')).out)
    assert.equal(registered.shadowed_by, 'file')
  })

  test('pages through many', async () => {
    const many = Array.from({ length: 501 }, (_, i) => aRegisteredClient(`reg_${String(i).padStart(3, '0')}`))
    const { out } = await anInstallation(many).run('list', '--json')
    assert.equal(JSON.parse(out).length, 502)
  })

  test('says so when there are none', async () => {
    assert.match((await anInstallation([], []).run('list')).out, /no clients yet/)
  })
})

describe('client remove', () => {
  test('removes one that registered itself', async () => {
    const { run, rows } = anInstallation([aRegisteredClient('reg_one')])
    assert.match((await run('remove', 'reg_one', '--yes')).out, /reg_one is removed/)
    assert.equal(rows.size, 0)
  })

  test('asks first, and nobody to ask is a no', async () => {
    const { run, rows } = anInstallation([aRegisteredClient('reg_one')])
    await assert.rejects(
      run('remove', 'reg_one'),
      (error) => error instanceof CommandError && /--yes/.test(error.message),
    )
    assert.equal(rows.size, 1)
  })

  for (const [id, message] of [
    ['app', /configuration file/],
    ['reg_other', /no client with this id/],
  ] as const) {
    test(`of ${id} is refused`, async () => {
      const { run } = anInstallation([aRegisteredClient('reg_one')])
      await assert.rejects(
        run('remove', id, '--yes'),
        (error) => error instanceof CommandError && message.test(error.message),
      )
    })
  }
})

describe('wrong usage', () => {
  for (const args of [
    [],
    ['show'],
    ['list', 'x'],
    ['list', '--yes'],
    ['remove'],
    ['remove', 'a', 'b'],
    ['remove', 'a', '--now'],
  ]) {
    test(JSON.stringify(args), async () => {
      await assert.rejects(anInstallation().command.run(args, fakeTerminal()), UsageError)
    })
  }
})
