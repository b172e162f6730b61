/** What a command does to an account is told its owner: the mail is in the outbox, sealed, for a server to send. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ownerTeller } from '../../src/cli/account/tell.ts'
import { sealedMails } from '../../src/keys/sealed-mails.ts'
import { loadSealingKey } from '../../src/keys/sealing-key.ts'
import { openMail } from '../../src/mail/sealed.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { configOf } from '../config/loading.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { anAccount } from '../storage/records.ts'

const CONFIG = `issuer: https://login.example
keys: { sealing_key: "${'0123456789abcdef'.repeat(4)}" }
`
const MAIL = 'mail: { from: login@login.example, smtp: { host: smtp.example } }\n'

test('a mail goes into the outbox, with who did it in words; without `mail` or a sealing key none does', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-tell-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const storage = await openStorage({ url: `file:${join(folder, 'test.db')}` })
  t.after(() => storage.close())
  const waiting = () => storage.deliveries.list({ clientId: undefined, limit: 10 })
  const account = anAccount('ada', { claims: { email: 'ada@example.org', email_verified: true } })
  const event = { kind: 'account_removed', accountId: 'ada', sessions: 0, grants: 0 } as const
  const tell = (config: ReturnType<typeof configOf>, terminal = fakeTerminal()) =>
    ownerTeller({ config, storage }, { ...terminal, random: fakeRandom() })(event, account)

  await tell(configOf(CONFIG))
  const config = configOf(CONFIG + MAIL)
  const without = fakeTerminal()
  const keys = { ...config.keys, sealingKey: { kind: 'file', path: join(folder, 'no.key') } } as const
  await tell({ ...config, keys }, without)
  assert.match(without.err(), /could not be told by mail/)
  assert.deepEqual(await waiting(), [])

  await tell(config)
  const [delivery] = await waiting()
  assert.ok(delivery)
  assert.deepEqual([delivery.kind, delivery.accountId, delivery.payload['mail']], ['mail', 'ada', 'account_removed'])
  assert.doesNotMatch(JSON.stringify(delivery), /ada@/)
  const { bytes } = await loadSealingKey(config.keys.sealingKey, { random: fakeRandom(), hasSealedKeys: true })
  const mail = openMail(sealedMails(bytes, fakeRandom()), delivery.id, delivery.payload['sealed'])
  assert.deepEqual([mail?.to, mail?.values['username']], ['ada@example.org', 'ADA'])
})
