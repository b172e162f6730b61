import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { recordsOf } from '../../src/cli/export/records.ts'
import { exportAll } from '../../src/cli/export.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { aConsent, aGrant, anAccount, aSession } from '../storage/records.ts'

const CANARY = 'canary'

async function installation(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-export-'))
  t.after(() => rm(folder, { recursive: true }))
  const config = join(folder, 'c.yaml')
  await writeFile(config, 'issuer: http://localhost:9472\ndatabase: {url: "file:./test.db"}\n')
  const storage = await openStorage({ url: `file:${join(folder, 'test.db')}` })
  const account = anAccount('a1', { passwordHash: `${CANARY}-password`, claims: { name: 'A' }, disabledAt: 5 })
  await storage.accounts.insert(account)
  await storage.sessions.insert(
    aSession('s1', { accountId: 'a1', secretHash: `${CANARY}-session`, amr: ['pwd', 'otp'] }),
  )
  await storage.consents.add(aConsent({ accountId: 'a1', scopes: ['openid', 'email'] }))
  const secrets = { codeHash: `${CANARY}-code`, refreshSalt: `${CANARY}-salt`, nonce: `${CANARY}-nonce` }
  await storage.grants.insert(aGrant('g1', { accountId: 'a1', sessionId: 's1', ...secrets }))
  await storage.close()
  return { folder, config, account }
}

async function run(...args: string[]) {
  const terminal = fakeTerminal()
  assert.equal(await exportAll.run(args, terminal), 0)
  return { out: terminal.out(), err: terminal.err() }
}

describe('export', () => {
  test('has a line for everything, without a secret, in a file of its owner alone', async (t) => {
    const { folder, config, account } = await installation(t)
    const path = join(folder, 'out.jsonl')
    const { err } = await run(path, '--config', config)
    assert.match(err, /^Exported into .*out\.jsonl: account 1, session 1, consent 1, grant 1\.\n$/)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const text = await readFile(path, 'utf8')
    assert.doesNotMatch(text, new RegExp(CANARY))
    const records = text
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one))
    assert.equal(records[0].kind, 'export')
    assert.equal(records[0].with_secrets, false)
    assert.deepEqual(records.at(-1), { kind: 'end', counts: { account: 1, session: 1, consent: 1, grant: 1 } })
    const byKind = Object.fromEntries(records.map((record) => [record.kind, record]))
    assert.deepEqual(byKind['account'], {
      kind: 'account',
      sub: 'a1',
      username: account.username,
      claims: { name: 'A' },
      disabled: true,
      disabled_at: '1970-01-01T00:00:00.005Z',
      created_at: new Date(account.createdAt).toISOString(),
      updated_at: new Date(account.updatedAt).toISOString(),
    })
    assert.deepEqual(byKind['session'].amr, ['pwd', 'otp'])
    assert.deepEqual(byKind['consent'].scopes, ['openid', 'email'])
    assert.equal(byKind['grant'].session_id, 's1')
  })

  test('has secrets only where they are asked for', async (t) => {
    const { config } = await installation(t)
    const { out, err } = await run('-', '--with-secrets', '--config', config)
    for (const secret of ['password', 'session', 'code', 'salt', 'nonce'])
      assert.match(out, new RegExp(`${CANARY}-${secret}`))
    assert.match(err, /It holds secrets/)
  })

  test('leaves out a column of tomorrow that sounds like a secret, and tells the rest of a table it does not know', async () => {
    async function* pieces() {
      yield { table: 'novelties', columns: ['id', 'reset_token', 'made_at', 'note'] }
      yield { rows: [['n1', CANARY, 0, null]] }
      yield { table: 'leases', columns: ['name'] }
      yield { rows: [['x']] }
    }
    const all = []
    for await (const portion of recordsOf(pieces(), false)) all.push(...portion)
    assert.deepEqual(all, [{ kind: 'novelties', id: 'n1', made_at: '1970-01-01T00:00:00.000Z' }])
  })

  test('a table with a kind of its own keeps the kind of the line; every time is RFC 3339', async () => {
    async function* pieces() {
      yield { table: 'audit_events', columns: ['number', 'at', 'kind', 'fields'] }
      yield { rows: [[1, 0, 'sign_in_refused', '{"accountId":"a1"}']] }
      yield { table: 'client_uses', columns: ['client_id', 'kind', 'day'] }
      yield { rows: [['wiki', 'sign_on', 86_400_000]] }
    }
    const all = []
    for await (const portion of recordsOf(pieces(), false)) all.push(...portion)
    assert.deepEqual(all, [
      {
        ...{ kind: 'audit_event', number: 1, at: '1970-01-01T00:00:00.000Z', type: 'sign_in_refused' },
        fields: { accountId: 'a1' },
      },
      { kind: 'client_use', client_id: 'wiki', type: 'sign_on', day: '1970-01-02T00:00:00.000Z' },
    ])
  })

  test('overwrites nothing; wrong usage is told as such', async (t) => {
    const { folder, config } = await installation(t)
    await writeFile(join(folder, 'there'), 'kept')
    await assert.rejects(run(join(folder, 'there'), '--config', config), CommandError)
    assert.equal(await readFile(join(folder, 'there'), 'utf8'), 'kept')
    await assert.rejects(run(join(folder, 'no', 'such', 'folder'), '--config', config), CommandError)
    for (const args of [[], ['a', 'b'], ['a', '--secrets']]) await assert.rejects(run(...args), UsageError)
  })
})
