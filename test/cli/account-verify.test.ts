/** `countersign account verify|unverify`. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { accountCommand } from '../../src/cli/account.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { SOME_CONFIG } from '../fixtures/account-config.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

test('the operator vouches for an address, once for each address, and doubts it; show tells, and so does the audit log', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-verify-'))
  t.after(() => rm(folder, { recursive: true }))
  const storage = await openStorage({ url: `file:${join(folder, 'test.db')}` })
  t.after(() => storage.close())
  const recorded: { kind: string }[] = []
  const command = accountCommand(async () => ({
    config: SOME_CONFIG,
    storage,
    record: async (event) => void recorded.push(event),
    tell: async () => {},
    close: async () => {},
  }))
  const random = fakeRandom()
  const run = async (...args: string[]): Promise<string> => {
    const terminal = { ...fakeTerminal({ piped: 'kettle river 42\n' }), random }
    assert.equal(await command.run(args, terminal), 0)
    return terminal.out()
  }
  assert.match(await run('add', 'ada', '--email', 'Ada@example.org'), /countersign account verify/)
  await run('add', 'eve', '--email', 'ada@example.org')
  await run('add', 'no-mail')
  assert.match(await run('show', 'ada'), /the e-mail address is not verified/)
  assert.match(await run('verify', 'ada'), /^Ada@example\.org is verified: ada can sign in by it/)
  assert.doesNotMatch(await run('show', 'ada'), /not verified/)
  const { claims, id } = (await storage.accounts.findByUsername('ada')) ?? {}
  assert.deepEqual([claims?.email, claims?.email_verified], ['Ada@example.org', true])
  assert.deepEqual(recorded.at(-1), { kind: 'email_verified', accountId: id })
  await assert.rejects(run('verify', 'ada'), /is verified already/)
  await assert.rejects(run('verify', 'eve'), /nothing was changed: another account has ada@example\.org/)
  await assert.rejects(run('verify', 'no-mail'), /no-mail has no e-mail address/)
  assert.match(await run('unverify', 'ADA'), /not verified any more/)
  assert.deepEqual(recorded.at(-1), { kind: 'email_unverified', accountId: id })
  await assert.rejects(run('unverify', 'ada'), /is not verified/)
  assert.match(await run('verify', 'eve'), /eve can sign in by it/)
})
