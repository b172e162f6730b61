/** countersign plan, on both databases. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { DAY, HOUR } from '../../src/base/duration.ts'
import { CommandError } from '../../src/cli/command.ts'
import { isSecret } from '../../src/cli/plan/shown.ts'
import { plan } from '../../src/cli/plan.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { SchemaNode } from '../../src/config/schema/kinds.ts'
import { CONFIG_SCHEMA } from '../../src/config/schema.ts'
import { followConfig } from '../../src/jobs/follow-config.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { aConsent, aGrant, anAccount, aSession, aSigningKey } from '../storage/records.ts'

const SECRET = 'a-secret-that-is-long-enough-to-be-one-0'
const folder = mkdtempSync(join(tmpdir(), 'countersign-plan-'))
const server = await startPostgresql()
after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server?.stop()
})

const yaml = (url: string, ...clients: readonly string[]): string => `issuer: https://login.example.com
database: { url: "${url}" }
keys: { sealing_key: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
clients:
${clients.join('')}`
const client = (id: string, more = ''): string => `  - client_id: ${id}
    client_secret: ${SECRET}
    redirect_uris: [https://${id}.example/cb, https://${id}.example/old]
    grant_types: [authorization_code, refresh_token]
    scope: openid profile offline_access
${more}`

/** A file of that content; its path. */
function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function run(...args: readonly string[]) {
  const terminal = fakeTerminal()
  const status = await plan.run(args, terminal)
  return { status, out: terminal.out(), err: terminal.err() }
}

/** As a running Countersign does. */
async function bringIntoForce(storage: Storage, path: string): Promise<void> {
  const loaded = loadConfig(path, { env: {} })
  assert.ok('config' in loaded)
  const clock = fakeClock()
  const instances = { agree: async () => true }
  const job = followConfig({
    config: () => loaded.config,
    storage,
    instances,
    clock,
    steady: clock.steady,
    audited: () => {},
  })
  await job.run(new AbortController().signal)
}

/** Two people, one of them signed out; one account is disabled. */
async function seed(storage: Storage): Promise<void> {
  for (const id of ['ada', 'eve', 'off']) await storage.accounts.insert(anAccount(id))
  await storage.accounts.setDisabled('off', START, START)
  await storage.sessions.insert(aSession('s-ada', { accountId: 'ada', lastSeenAt: START - 5 * HOUR }))
  await storage.sessions.insert(aSession('s-eve', { accountId: 'eve', endedAt: START }))
  const grant = (id: string, different: Parameters<typeof aGrant>[1]) =>
    storage.grants.insert(
      aGrant(id, {
        ...{ clientId: 'wiki', accountId: 'ada', sessionId: 's-ada', scopes: ['openid'], codeConsumedAt: START },
        ...{ refreshGeneration: 1, refreshExpiresAt: START + DAY, expiresAt: START + DAY, createdAt: START - 3 * DAY },
        ...different,
      }),
    )
  await grant('alive', {})
  await grant('no refresh token', { refreshGeneration: 0, refreshExpiresAt: undefined })
  await grant('signed out', { accountId: 'eve', sessionId: 's-eve' })
  await grant('stays connected', { accountId: 'eve', sessionId: 's-eve', scopes: ['openid', 'offline_access'] })
  await grant('like it', { accountId: 'eve', sessionId: 's-eve', scopes: ['offline-access', 'offlineXaccess'] })
  await grant('of a disabled account', { accountId: 'off', scopes: ['offline_access'] })
  await grant('revoked', { revokedAt: START, revokedBecause: 'client_revoked' })
  await grant('over', { expiresAt: START })
  await grant('never redeemed', { codeConsumedAt: undefined, codeExpiresAt: START, refreshGeneration: 0 })
  await grant('of another', { clientId: 'blog' })
  await storage.consents.add(aConsent({ clientId: 'wiki' }))
  const uri = { clientId: 'wiki', kind: 'sign_on', redirectUri: 'https://wiki.example/old' } as const
  const today = START - (START % DAY)
  await storage.clientUses.add([
    { ...uri, day: today, count: 30, lastAt: START - HOUR },
    { ...uri, day: today - 10 * DAY, count: 4, lastAt: START - 10 * DAY },
    { ...uri, day: today - 40 * DAY, count: 100, lastAt: START - 40 * DAY },
  ])
  await storage.signingKeys.insert(
    aSigningKey('es', { algorithm: 'ES256', state: 'current', publishedAt: START - DAY }),
  )
}

function suite(freshUrl: () => Promise<string>): void {
  let url = ''
  let running = ''
  before(async () => {
    url = await freshUrl()
    running = file('running.yaml', yaml(url, client('wiki'), client('blog')))
    const storage = await openStorage({ url })
    await bringIntoForce(storage, running)
    await seed(storage)
    await storage.close()
  })

  test('nothing changes: exit status 0', async () => {
    const { status, out } = await run('--config', running)
    assert.deepEqual(
      [status, out],
      [0, `${running}, compared with what is in force since 2026-01-15T12:00:00Z:\nNothing changes.\n`],
    )
    assert.equal(JSON.parse((await run('--config', running, '--json')).out).outcome, 'nothing')
  })

  test('a client that goes: what is alive and ends, and nothing that is dead already; exit status 2', async () => {
    const { status, out } = await run('--config', file('gone.yaml', yaml(url, client('blog'))), '--json')
    assert.equal(status, 2)
    const { changes, ...head } = JSON.parse(out)
    assert.deepEqual(head, {
      ...{ version: 1, compared_with: 'database', in_force_since: '2026-01-15T12:00:00Z' },
      ...{ uses: { days: 30, counted_since: '2025-12-06T00:00:00Z' }, outcome: 'ends', needs_restart: false },
    })
    assert.deepEqual(changes, [
      {
        ...{ kind: 'client', id: 'wiki', change: 'goes', weight: 'ends' },
        notes: [
          '2 people use it just now, in 1 session.',
          'Nobody can sign in to it any more. What it had ends for good a minute later, also if its id comes back.',
        ],
        ends: { sessions: 0, grants: 3, refresh_tokens: 2, consents: 1 },
        uses: [
          {
            kind: 'sign_on',
            redirect_uri: 'https://wiki.example/old',
            count: 34,
            last_used_at: '2026-01-15T11:00:00Z',
          },
        ],
        alive: { people: 2, sessions: 1, grants: 3, refresh_tokens: 2, consents: 1 },
      },
    ])
  })

  test('for people: grouped, what ends first', async () => {
    const changed = client('wiki')
      .replace(', https://wiki.example/old', '')
      .replace(SECRET, `${SECRET}1`)
      .concat('    client_name: The Wiki\n    id_token_signed_response_alg: ES256\n')
    const path = file('changed.yaml', `lifetimes: { session_idle: 4h }\n${yaml(url, changed, client('new'))}`)
    const { status, out } = await run('--config', path)
    assert.equal(status, 2)
    assert.equal(
      out.replaceAll(path, 'FILE'),
      `FILE, compared with what is in force since 2026-01-15T12:00:00Z:

Ends something that is alive
  ~ settings
      lifetimes.session_idle: 12h → 4h
        Whoever has been idle for longer signs in again: up to 1 session.
        Ends: 1 session.
  - client blog
      1 person uses it just now, in 1 session.
      Nobody can sign in to it any more. What it had ends for good a minute later, also if its id comes back.
      Ends: 1 grant, 1 refresh token.

Breaks something, unless apps are changed with it
  ~ client wiki
      redirect_uris: - https://wiki.example/old
        Sign-ins that return there are refused.
        Sign-ins that return to https://wiki.example/old in the last 30 days: 34, the last at 2026-01-15T11:00:00Z.
      id_token_signed_response_alg: RS256 → ES256
        It refuses its ID tokens until it expects this algorithm.
        The key for ES256 is published since 2026-01-14T12:00:00Z, and no next one yet.
      client_secret: changed
        The old secret is refused from the same moment: give the app the new one at once.
      client_name: wiki → The Wiki

Harmless
  + client new

Clients that go: 1, change: 1, come: 1. Something that is alive ends.
It needs no restart: what runs follows the file.
`,
    )
    assert.doesNotMatch(out, new RegExp(SECRET))
  })

  test('harmless changes: exit status 0', async () => {
    const { status, out } = await run(
      '--config',
      file('more.yaml', yaml(url, client('wiki'), client('blog'), client('new'))),
    )
    assert.equal(status, 0)
    assert.match(
      out,
      /Harmless\n {2}\+ client new\n\nClients that go: 0, change: 0, come: 1\. All of it is harmless\.\nIt needs no restart/,
    )
  })

  test('--running compares with a file, and asks the database of that one', async () => {
    const elsewhere = file('elsewhere.yaml', yaml(await freshUrl(), client('wiki')))
    const { out, status } = await run('--config', elsewhere, '--running', running, '--json')
    const { changes, compared_with: compared } = JSON.parse(out)
    assert.deepEqual([status, compared], [2, 'file'])
    assert.deepEqual(
      changes.map((each: { kind: string; weight: string }) => [each.kind, each.weight]),
      [
        ['client', 'ends'],
        ['installation', 'breaks'],
      ],
    )
    assert.equal(changes[0].ends.grants, 1)
  })

  test('what has no rule of its own is a change like any other: old, new, and whether it takes a restart; no secret', async () => {
    const more = 'listen: { port: 9999 }\nlog: { level: debug }\nmetrics: { listen: {}, token: canary-0123456789 }\n'
    const path = file('settings.yaml', `${more}${yaml(url, client('wiki'), client('blog'))}`)
    const { status, out } = await run('--config', path)
    assert.equal(status, 2)
    assert.match(out, /listen\.port: 8080 → 9999\n.*new place\.\n +It takes a restart\./)
    assert.match(out, /log\.level: info → debug\n +\w/)
    assert.match(out, /metrics\.token: set\n/)
    assert.match(
      out,
      /It needs a restart, because of listen\.port, metrics\.listen\.host, metrics\.listen\.port, metrics\.token: /,
    )
    assert.doesNotMatch(out, /canary/)
    const json = JSON.parse((await run('--config', path, '--json')).out)
    const keys = json.changes[0].keys.map((each: { key: string }) => each.key)
    assert.deepEqual([json.needs_restart, keys.includes('log.level')], [true, true])
  })

  test('an algorithm that comes: its key is made, and when an app may ask for it; one that is asked for at once breaks', async () => {
    const come = 'signing_algorithms: [RS256, ES256, PS256], sealing_key'
    const only = yaml(url, client('wiki'), client('blog')).replace('sealing_key', come)
    const { status, out } = await run('--config', file('ps256.yaml', only))
    assert.equal(status, 0)
    assert.match(out, /Keys for PS256 are made and published as soon as it is in force/)
    assert.match(out, /Let one ask 63m later at the earliest/)
    assert.doesNotMatch(out, /no key for PS256|first/)
    const shorter = only.replace('signing_algorithms', 'jwks_max_age: 5m, signing_algorithms')
    assert.match(
      (await run('--config', file('shorter.yaml', shorter))).out,
      /63m later/,
      'who has it keeps it for an hour',
    )
    const asked = yaml(url, client('wiki', '    id_token_signed_response_alg: PS256\n'), client('blog')).replace(
      'sealing_key',
      come,
    )
    const both = await run('--config', file('ps256-asked.yaml', asked))
    assert.equal(both.status, 2)
    assert.match(both.out, /no key for PS256 yet: it is made .* up to 63m .* only adds PS256/)
  })

  test('a database in which nothing was ever in force: it cannot be told, which is exit status 1', async () => {
    const other = await freshUrl()
    const storage = await openStorage({ url: other })
    await storage.close()
    const path = file('other.yaml', yaml(other, client('wiki')))
    const { status, out } = await run('--config', path)
    assert.equal(status, 1)
    assert.match(out, /compared with nothing:[\s\S]*\+ client wiki[\s\S]*Nothing was ever in force in the database /)
    assert.match(out, /another database.*--running FILE/)
    assert.doesNotMatch(out, /harmless|not there yet/i)
    const json = JSON.parse((await run('--config', path, '--json')).out)
    assert.deepEqual([json.compared_with, json.outcome], ['nothing', 'unknown'])
  })

  test('a faulty file and an unknown word have exit status 1, for 2 says something else', async () => {
    await assert.rejects(run('--cofnig', running), CommandError)
    const { status, err, out } = await run('--config', file('faulty.yaml', `${yaml(url, client('wiki'))}nonsense: 1\n`))
    assert.deepEqual([status, out], [1, ''])
    assert.match(err, /faulty\.yaml:\d+:\d+: nonsense: unknown key[\s\S]*one fault\n$/)
  })
}

test('no key whose value is a secret is shown; of the database’s address only what is none is remembered', () => {
  const secretsOf = ({ properties = {}, items }: SchemaNode, before = ''): readonly string[] => [
    ...(items?.writeOnly ? [before.slice(0, -1)] : []),
    ...Object.entries(properties).flatMap(([name, node]) =>
      node.writeOnly ? [`${before}${name}`] : secretsOf(node, `${before}${name}.`),
    ),
  ]
  const secrets = secretsOf(CONFIG_SCHEMA).filter((key) => !/^database|^keys\.sealing_key/.test(key))
  assert.ok(secrets.includes('metrics.token') && secrets.includes('registration.initial_access_tokens'))
  assert.deepEqual(
    secrets.filter((key) => !isSecret(key) && !isSecret(key.replace(/_file$/, ''))),
    [],
  )
})

describe('countersign plan on SQLite', () => {
  let files = 0
  suite(async () => `file:${join(folder, `${files++}.db`)}`)

  test('it makes no database, and says that everything is new', async () => {
    const path = file('first.yaml', yaml(`file:${join(folder, 'none', 'x.db')}`, client('wiki')))
    const { status, out } = await run('--config', path)
    assert.equal(status, 1)
    assert.match(
      out,
      /compared with nothing:[\s\S]*\+ client wiki[\s\S]*x\.db, which is not there yet: it cannot be told/,
    )
    const running = await run('--config', path, '--running', path)
    assert.equal(running.status, 1)
    assert.match(
      running.out,
      /Nothing changes\.\nThere is no database at .*x\.db, so nothing is known of what is alive/,
    )
    assert.ok(!readdirSync(folder).includes('none'))
  })

  test('it changes nothing in the file, and leaves none beside it', async () => {
    const digest = () =>
      createHash('sha256')
        .update(readFileSync(join(folder, '0.db')))
        .digest('hex')
    const [before, beside] = [digest(), readdirSync(folder)]
    await run('--config', join(folder, 'running.yaml'))
    assert.deepEqual([digest(), readdirSync(folder)], [before, beside])
  })
})

describe('countersign plan on PostgreSQL', { skip: server ? false : NO_POSTGRESQL }, () => {
  if (server !== undefined) suite(() => server.url('plan'))

  test('a database without a table of ours is none yet', async () => {
    if (server === undefined) return
    const { status, out } = await run('--config', file('empty.yaml', yaml(await server.url('plan'), client('wiki'))))
    assert.equal(status, 1)
    assert.match(out, /which is not there yet/)
  })

  test('one that does not answer is told in words', async () => {
    const path = file('away.yaml', yaml('postgresql://nobody@127.0.0.1:1/none', client('wiki')))
    await assert.rejects(
      run('--config', path),
      (error) => error instanceof CommandError && /cannot open the database/.test(error.message),
    )
  })
})
