/** Logouts told by real processes: what the command line ends while they serve, and while none does. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { sha256 } from '../../src/base/hash.ts'
import { type CountersignProcess, countersignInstallation, type Installation } from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { httpBrowser } from '../fixtures/http-browser.ts'
import { type LogoutReceiver, logoutReceiver } from '../fixtures/logout-receiver.ts'
import { NO_POSTGRESQL, type PostgresqlServer, startPostgresql } from '../fixtures/postgresql.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
const CALLBACK = 'https://app.example/callback'

function onOneDatabase(databaseUrl: () => Promise<string | undefined>): void {
  let receiver: LogoutReceiver
  let countersign: Installation
  let one: CountersignProcess
  let other: CountersignProcess
  let otherPort: number

  before(async () => {
    receiver = await logoutReceiver()
    const client = {
      ...{ client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: [CALLBACK], first_party: true },
      backchannel_logout_uri: receiver.uri,
    }
    const url = await databaseUrl()
    countersign = await countersignInstallation({ clients: [client], ...(url && { databaseUrl: url }) })
    otherPort = await freePort()
    ;[one, other] = await Promise.all([countersign.start(), countersign.start({ port: otherPort })])
    await countersign.addAccounts(ALICE)
  })
  after(async () => {
    await countersign?.remove()
    await receiver?.close()
  })

  /** Alice signs in at `at`; gives the session. */
  async function signOn(at: CountersignProcess): Promise<string> {
    const browser = httpBrowser()
    const query = new URLSearchParams({
      ...{ client_id: 'spa', redirect_uri: CALLBACK, response_type: 'code', scope: 'openid' },
      ...{ code_challenge: sha256('a-code-verifier-of-forty-three-characters-ok'), code_challenge_method: 'S256' },
    })
    const { fields } = await browser.authorize(`${at.origin}/authorize?${query}`, ALICE)
    assert.ok(fields.get('code'), `${fields}`)
    return browser.cookies.get('countersign-session')?.split('.')[0] ?? ''
  }

  const told = () => receiver.received.map(({ token }) => decodeJwt(token)['sid'])

  /** Gives how long it took, in milliseconds. */
  async function waitUntilTold(sid: string, within: number): Promise<number> {
    const began = performance.now()
    while (!told().includes(sid)) {
      assert.ok(performance.now() - began < within, 'nobody was told')
      await delay(20)
    }
    return performance.now() - began
  }

  test('what `account set-password` ends is told within seconds, once', async () => {
    const sid = await signOn(one)
    const done = await countersign.run(['account', 'set-password', 'alice'], { input: `${ALICE.password}\n` })
    assert.equal(done.status, 0, done.stderr)
    await waitUntilTold(sid, 5000)
    await delay(1500)
    assert.equal(told().filter((each) => each === sid).length, 1)
    const { stdout } = await countersign.run(['deliveries', '--client', 'spa'])
    assert.match(stdout, new RegExp(`logout +spa +${sid} +1 +delivered `))
  })

  test('a receiver that is down hears of it when it is up again', async () => {
    const sid = await signOn(other)
    await receiver.down()
    const done = await countersign.run(['account', 'disable', 'alice'])
    assert.equal(done.status, 0, done.stderr)
    await delay(1500)
    const { stdout } = await countersign.run(['deliveries', '--client', 'spa'])
    assert.match(stdout, new RegExp(`${sid} +[1-9] +next attempt \\S+ +connection: `))
    await receiver.up()
    await waitUntilTold(sid, 15_000)
    await countersign.run(['account', 'enable', 'alice'])
  })

  test('what ends while nobody serves is told after the start', async () => {
    const sid = await signOn(one)
    await Promise.all([one.stop(), other.stop()])
    const done = await countersign.run(['account', 'set-password', 'alice'], { input: `${ALICE.password}\n` })
    assert.equal(done.status, 0, done.stderr)
    one = await countersign.start()
    await waitUntilTold(sid, 10_000)
  })
}

describe('on one SQLite file', () => {
  onOneDatabase(async () => undefined)
})

const postgresql: PostgresqlServer | undefined = await startPostgresql()

describe('on one PostgreSQL database', { skip: postgresql ? false : NO_POSTGRESQL }, () => {
  after(() => postgresql?.stop())
  onOneDatabase(async () => postgresql?.url('deliveries'))
})
