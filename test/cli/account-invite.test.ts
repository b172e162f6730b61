/** `countersign account invite`, on a database. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { DAY } from '../../src/base/duration.ts'
import { accountCommand } from '../../src/cli/account.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { SOME_CONFIG } from '../fixtures/account-config.ts'
import { aClient } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount } from '../fixtures/memory-accounts.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { mailTo, OPEN } from '../fixtures/sign-up.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

const LINK = /https:\/\/login\.example\/invitation\/[\w-]+\.[\w-]+/

describe('account invite', () => {
  let folder: string
  let storage: Storage
  const recorded: unknown[] = []
  const random = fakeRandom()
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-invite-'))
    storage = await openStorage({ url: `file:${join(folder, 'test.db')}` })
  })
  after(async () => {
    await storage?.close()
    await rm(folder, { recursive: true })
  })

  const wiki = aClient({ id: 'wiki', metadata: { client_uri: 'https://wiki.example' } })
  const CONFIG = { ...SOME_CONFIG, clients: [aClient({ metadata: { client_uri: undefined as never } }), wiki] }
  async function run(args: readonly string[], different: Partial<typeof SOME_CONFIG> = {}): Promise<string> {
    const config = { ...CONFIG, mail: mailTo(folder), signUp: { ...OPEN, mode: 'invitation' as const }, ...different }
    const record = async (event: unknown) => void recorded.push(event)
    const terminal = { ...fakeTerminal(), random }
    const command = accountCommand(async () => ({
      config,
      storage,
      record,
      tell: async () => {},
      close: async () => {},
    }))
    assert.equal(await command.run(['invite', ...args], terminal), 0)
    return terminal.out()
  }
  const mails = async () => (await storage.deliveries.list({ clientId: undefined, limit: 99 })).length

  test('puts a mail into the outbox and prints nothing that lets anybody in', async () => {
    const out = await run(['Ada@Acme.example', '--name', 'Ada', '--group', 'staff', '--app', 'wiki', '--expires', '3d'])
    assert.match(out, /^Invited Ada@Acme\.example, until \d{4}-\d\d-\d\dT.*Z\.\nThe mail is in the outbox/)
    assert.doesNotMatch(out, LINK)
    assert.equal(await mails(), 1)
    const [code] = await storage.oneTimeCodes.ofPurpose('invitation', { now: START, limit: 9 })
    assert.deepEqual(code?.details, { name: 'Ada', groups: ['staff'], client: 'wiki' })
    assert.equal(code?.expiresAt, (code?.createdAt ?? 0) + 3 * DAY)
    assert.deepEqual(recorded.at(-1), {
      kind: 'invited',
      invitationId: code?.id,
      groups: ['staff'],
      clientId: 'wiki',
    })
  })

  test('prints the link when that is said, or when nothing is mailed; the groups are those of sign_up unless told', async () => {
    assert.match(await run(['ben@acme.example', '--print-link']), LINK)
    const before = await mails()
    const out = await run(['cid@acme.example'], { mail: undefined })
    assert.match(out, /No mail was sent: there is no `mail`.*\n.*\/invitation\//)
    assert.equal(await mails(), before)
    const all = await storage.oneTimeCodes.ofPurpose('invitation', { now: START, limit: 9 })
    assert.deepEqual(all.find(({ address }) => address === 'cid@acme.example')?.details, { groups: ['members'] })
  })

  test('lists those that are out, and takes them back', async () => {
    const list = await run(['list'])
    assert.match(list, /^ADDRESS +NAME +GROUPS +APP +INVITED +GOOD UNTIL\n/)
    assert.match(list, /Ada@acme\.example +Ada +staff +wiki/)
    assert.doesNotMatch(`${list}${await run(['list', '--json'])}`, LINK)
    assert.match(await run(['revoke', 'ada@ACME.example']), /Took 1 invitation back/)
    assert.doesNotMatch(await run(['list']), /Ada/)
    assert.match(JSON.stringify(recorded.at(-1)), /invitation_taken_back/)
    await assert.rejects(run(['revoke', 'ada@acme.example']), /nobody with this address is invited/)
  })

  test('refuses an address that an account has, one that is none, an unknown app, a wrong time, and where nobody may', async () => {
    await storage.accounts.insert(anAccount())
    const before = (await storage.oneTimeCodes.ofPurpose('invitation', { now: START, limit: 9 })).length
    for (const [args, words, different] of [
      [['anna@example.org'], /nobody was invited: the account Anna has this address/, {}],
      [['nobody'], /is no address/, {}],
      [[], /the e-mail address is missing/, {}],
      [['new@acme.example', '--app', 'wikki'], /no client wikki/, {}],
      [['new@acme.example', '--app', 'app'], /nobody knows where it begins/, {}],
      [['new@acme.example', '--expires', '1y'], /--expires wants/, {}],
      [['new@acme.example', '--expires', '31d'], /--expires wants/, {}],
      [['new@acme.example'], /`sign_up.mode` is off/, { signUp: undefined }],
    ] as const) {
      await assert.rejects(run([...args], different), words)
    }
    assert.equal((await storage.oneTimeCodes.ofPurpose('invitation', { now: START, limit: 9 })).length, before)
  })
})
