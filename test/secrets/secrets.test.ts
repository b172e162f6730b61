/** The whole product with marked secrets everywhere: none of them is anywhere but where it belongs (belongs.ts). */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'
import { until } from '../fixtures/until.ts'
import { BELONGS } from './belongs.ts'
import { canaries, formsOf } from './canaries.ts'
import { countersign, explainAll, faultyFiles, lookAndChange, makeAccounts, tryFaultyFiles } from './commands.ts'
import { askOtherwise, redeem, registerClients, sendNonsense, stealTokens, useTokens } from './machines.ts'
import { administer, leave, leaveEverywhere, signInWrongly, signOn } from './people.ts'
import { addFiles, addRows } from './places.ts'
import { proveTwice } from './second-factors.ts'
import { rememberKeys, secretWorld, type World } from './world.ts'

/** Files in which secrets are by the operator's will. */
const OPERATORS = /^(countersign-\d+\.yaml|key\.pem|hs\.secret|keys\/sealing\.key)$/

/** Files that change under the running process: a good one, then one with faults. */
async function reload(world: World): Promise<void> {
  const { running, configPath, canaries } = world
  const good = await readFile(configPath, 'utf8')
  const said = (message: RegExp) => running.log().filter(({ msg }) => message.test(String(msg))).length
  for (const [index, [, text]] of faultyFiles(world).entries()) {
    if (index % 4 !== 0) continue
    canaries.used(text)
    const before = said(/was not changed/)
    await writeFile(configPath, text)
    process.kill(running.pid, 'SIGHUP')
    await until('refused', () => said(/was not changed/) > before)
  }
  await countersign(world, ['reload'])
  const config = JSON.parse(good)
  const added = {
    client_id: 'late',
    client_secret: canaries.make('secret of a client that came late'),
    grant_types: ['client_credentials'],
  }
  canaries.used(added.client_secret)
  await writeFile(configPath, JSON.stringify({ ...config, clients: [...config.clients, added] }))
  process.kill(running.pid, 'SIGHUP')
  await until('applied', async () => /"outcome":"applied"/.test((await world.http.ask('/readyz?verbose')).body))
}

async function live(world: World, filesToo: boolean): Promise<void> {
  await rememberKeys(world)
  await makeAccounts(world)
  const browser = world.http.browser()
  await signInWrongly(world, world.http.browser())
  await proveTwice(world)
  const tokens = await redeem(world, browser)
  await askOtherwise(world, browser, tokens)
  // For good: RFC 9110 §15.5.11 of the webhook, OpenID Connect Back-Channel Logout §2.8 of an app.
  world.receiver.answer = 410
  await stealTokens(world, browser)
  await until('given up', () => /security_notice_given_up/.test(world.running.output()))
  world.receiver.answer = 400
  await useTokens(world, tokens)
  await registerClients(world)
  await sendNonsense(world, tokens)
  await leave(world, browser, tokens.id_token)
  await signOn(world, browser, 'app')
  await leaveEverywhere(world, browser)
  await until('told', () => /logout_given_up/.test(world.running.output()))
  world.receiver.answer = 200
  await signOn(world, world.http.browser(), 'app')
  await administer(world, world.http.browser())
  if (filesToo) await reload(world)
  await lookAndChange(world)
  if (filesToo) await tryFaultyFiles(world)
}

async function collect(world: World, rows: string | undefined): Promise<void> {
  const { places, installation, running, otlp, receiver } = world
  places.add('metrics', await world.metrics())
  assert.ok((await explainAll(world)) > 40)
  const files = () => addFiles(places, installation.folder, (path) => OPERATORS.test(path))
  await files()
  if (process.platform === 'linux') {
    for (const name of ['cmdline', 'comm'])
      places.add(`process ${name}`, await readFile(`/proc/${running.pid}/${name}`))
  }
  assert.equal(await running.stop(), 0)
  await files()
  if (rows !== undefined) assert.ok((await addRows(places, rows)) > 100)
  places.add('log', running.output())
  for (const [index, raw] of otlp.raw.entries()) places.add(index % 2 === 0 ? 'OTLP headers' : 'OTLP body', raw)
  for (const { path, headers, body } of receiver.received) {
    const kind = path.startsWith('/hooks') ? 'webhook' : 'logout'
    places.add(`${kind} address`, path)
    places.add(`${kind} headers`, headers)
    places.add(`${kind} body`, body)
  }
}

/** What has leaked, and which of the reasons were needed. */
function judge({ places, canaries }: World): { leaks: readonly string[]; needed: ReadonlySet<string> } {
  const needed = new Set<string>()
  const leaks = new Map<string, string>()
  for (const { name: where, text } of places.all) {
    for (const [what, around] of canaries.leakedIn(text)) {
      const reasons = BELONGS.filter((one) => one.what.test(what) && one.where.test(where))
      for (const { because } of reasons) needed.add(because)
      const leak = `${what.replace(/ \d+$/, '')} → ${where}`
      if (reasons.length === 0 && !leaks.has(leak)) leaks.set(leak, JSON.stringify(around))
    }
  }
  return { leaks: [...leaks].map((one) => one.join(': ')).sort(), needed }
}

async function proves(postgresql?: string): Promise<void> {
  const world = await secretWorld(postgresql)
  try {
    // Of the configuration's files no database knows.
    await live(world, postgresql === undefined)
    await collect(world, postgresql)
    const { leaks, needed } = judge(world)
    assert.deepEqual(leaks, [])
    // A reason that nothing needs would hide what is to come. Those for the database prove that its bytes were read.
    assert.deepEqual(
      BELONGS.map(({ because }) => because).filter((because) => !needed.has(because)),
      [],
    )
    assert.deepEqual(world.canaries.unused(), [], 'never sent, so nothing is proven of them')
    planted(world)
  } finally {
    await world.close()
  }
}

/** The control: each of these would have been found in the log. */
function planted(world: World): void {
  const secrets = Object.values(world.secrets)
  world.places.add('log', secrets.map((secret) => `${world.running.output().slice(0, 1000)}${secret}`).join('\n'))
  assert.ok(judge(world).leaks.length >= secrets.length)
}

test('the search finds a secret in whatever form it was written, and a part of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-planted-'))
  try {
    const secret = 'a canary of "all" & <sundry> characters/+='
    const token = `eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.${Buffer.from(secret).toString('base64url')}`
    const { add, findIn, leakedIn } = canaries()
    add('secret', secret)
    add('key', Buffer.from('the thirty-two bytes of some key'))
    add('token', token, `{"id_token": "${token}"}`)
    for (const form of formsOf(Buffer.from(secret))) assert.ok(findIn(`x${form}x`).has('secret'), form)
    for (const before of ['', 'a', 'ab', 'abc'])
      assert.ok(findIn(Buffer.from(`${before}${secret}${before}`).toString('base64')).has('secret'), before)
    assert.ok(findIn(JSON.stringify(JSON.stringify({ deep: secret.slice(0, 24) }))).has('secret') === false)
    assert.ok(findIn(`cut off: ${secret.slice(0, 21)}…`).has('secret'))
    assert.deepEqual([...leakedIn(`{"id_token": "${token}"}`).keys()].includes('token'), false)
    assert.ok(leakedIn(`it was ${token}`).has('token'))
    const database = new Database(join(folder, 'scratch.db'))
    database.exec('CREATE TABLE t (a TEXT, b BLOB)')
    database.prepare('INSERT INTO t VALUES (?, ?)').run(secret, Buffer.from(token))
    database.close()
    const found = findIn(await readFile(join(folder, 'scratch.db')))
    assert.deepEqual([...found.keys()].toSorted(), ['secret', 'token'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

const postgresql = await startPostgresql()

describe('no secret is where it does not belong', () => {
  after(() => postgresql?.stop())

  test('with SQLite', () => proves())

  test('with PostgreSQL', { skip: postgresql === undefined && NO_POSTGRESQL }, async () => {
    await proves(await postgresql?.url('secrets'))
  })
})
