/** Two processes on one database, each restarted twice while apps sign people on and refresh: nothing is lost. */
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { sha256 } from '../../src/base/hash.ts'
import { type CountersignProcess, countersignInstallation, type Installation } from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { httpBrowser } from '../fixtures/http-browser.ts'
import { NO_POSTGRESQL, type PostgresqlServer, startPostgresql } from '../fixtures/postgresql.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
const CALLBACK = 'https://app.example/callback'
const VERIFIER = 'a-code-verifier-of-forty-three-characters-ok'
const SPA = {
  client_id: 'spa',
  token_endpoint_auth_method: 'none',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid offline_access',
  first_party: true,
}
const CLIENTS = 4

interface Answer {
  readonly status: number
  readonly location: string
  readonly body: string
}

interface Ask {
  readonly path: string
  readonly cookie?: string
  readonly form?: Readonly<Record<string, string>>
}

/** The connection ended before anything of an answer came: whoever keeps it knows that another try is due. */
class NoAnswer extends Error {}

function askAt(origin: string, agent: Agent, { path, cookie, form }: Ask): Promise<Answer> {
  const body = form && new URLSearchParams(form).toString()
  const headers = {
    ...(cookie && { cookie }),
    ...(body && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }),
  }
  return new Promise((resolve, reject) => {
    request(`${origin}${path}`, { method: form ? 'POST' : 'GET', agent, headers })
      .once('error', (error) => reject(new NoAnswer(error.message)))
      .once('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', (error) => reject(new Error(`an answer broke off: ${error.message}`)))
        response.once('end', () => {
          const { location = '' } = response.headers
          resolve({ status: response.statusCode ?? 0, location, body: Buffer.concat(chunks).toString() })
        })
      })
      .end(body)
  })
}

/** An app with one keep-alive connection, which goes to the other process when one does not answer. */
function app(origins: readonly string[], cookie: string, startAt: number) {
  let at = startAt
  let moves = 0
  const agents = origins.map(() => new Agent({ keepAlive: true, maxSockets: 1 }))
  async function ask(what: Ask): Promise<Answer> {
    for (let attempt = 0; attempt < 200; attempt++) {
      try {
        return await askAt(origins[at] ?? '', agents[at] ?? new Agent(), what)
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        at = (at + 1) % origins.length
        moves++
        await delay(10)
      }
    }
    throw new Error('nobody answers')
  }
  const authorize = `/authorize?${new URLSearchParams({
    client_id: 'spa',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid offline_access',
    code_challenge: sha256(VERIFIER),
    code_challenge_method: 'S256',
    prompt: 'none',
  })}`
  async function token(fields: Readonly<Record<string, string>>): Promise<string> {
    const { status, body } = await ask({ path: '/token', form: { client_id: 'spa', ...fields } })
    assert.equal(status, 200, body)
    return String(JSON.parse(body).refresh_token)
  }
  const refresh = (refreshToken: string) => token({ grant_type: 'refresh_token', refresh_token: refreshToken })
  return {
    refresh,
    moves: () => moves,
    async signOn(): Promise<string> {
      const { status, location, body } = await ask({ path: authorize, cookie })
      assert.ok(status === 302 || status === 303, `${status} ${body}`)
      const code = new URL(location).searchParams.get('code')
      assert.ok(code, location)
      return token({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER })
    },
    close() {
      for (const agent of agents) agent.destroy()
    },
  }
}

function rollingRestart(databaseUrl: () => Promise<string | undefined>): void {
  let countersign: Installation

  before(async () => {
    const url = await databaseUrl()
    countersign = await countersignInstallation({ clients: [SPA], ...(url && { databaseUrl: url }) })
  })
  after(() => countersign?.remove())

  test('each restarted twice under load: no error, no acknowledged token lost', async () => {
    const ports = [countersign.port, await freePort()]
    const running: CountersignProcess[] = []
    for (const port of ports) running.push(await countersign.start({ port }))
    await countersign.addAccounts(ALICE)
    const origins = running.map(({ origin }) => origin)
    const browser = httpBrowser()
    const start = new URLSearchParams({
      client_id: 'spa',
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid offline_access',
      code_challenge: sha256(VERIFIER),
      code_challenge_method: 'S256',
    })
    await browser.authorize(`${origins[0]}/authorize?${start}`, ALICE)
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')

    let isOver = false
    const acknowledged: string[] = []
    const apps = Array.from({ length: CLIENTS }, (_, i) => app(origins, cookie, i % 2))
    const load = apps.map(async (each) => {
      while (!isOver) {
        let refreshToken = await each.signOn()
        for (let i = 0; i < 3; i++) refreshToken = await each.refresh(refreshToken)
        acknowledged.push(refreshToken)
      }
    })
    const restarts = async () => {
      for (let round = 0; round < 2; round++) {
        for (const [i, port] of ports.entries()) {
          await delay(300)
          assert.equal(await running[i]?.stop(), 0)
          running[i] = await countersign.start({ port })
        }
      }
      isOver = true
    }
    await Promise.all([restarts(), ...load]).finally(() => {
      isOver = true
    })

    assert.ok(
      apps.every((each) => each.moves() > 0),
      'every app has moved',
    )
    assert.ok(acknowledged.length > 20, `${acknowledged.length} chains of tokens`)
    for (const refreshToken of acknowledged) await apps[0]?.refresh(refreshToken)
    for (const each of apps) each.close()
    for (const each of running) {
      assert.deepEqual(
        each.log().filter(({ level }) => Number(level) >= 50),
        [],
      )
    }
  })
}

describe('a rolling restart on one SQLite file', () => rollingRestart(async () => undefined))

test('told to end, it says so and serves on for `shutdown_delay`; each answer ends its connection', async () => {
  const port = await freePort()
  const listen = { host: '127.0.0.1', port, shutdown_delay: '1s' }
  const countersign = await countersignInstallation({ clients: [SPA], config: { listen } })
  try {
    const one = await countersign.start({ port })
    const began = performance.now()
    const ended = one.stop()
    let ready = await fetch(`${one.origin}/readyz`)
    while (ready.status === 200) ready = await fetch(`${one.origin}/readyz`)
    assert.deepEqual([ready.status, await ready.json()], [503, { status: 'stopping' }])
    const jwks = await fetch(`${one.origin}/jwks`)
    assert.deepEqual([jwks.status, jwks.headers.get('connection')], [200, 'close'])
    assert.equal(await ended, 0)
    assert.ok(performance.now() - began >= 1000)
  } finally {
    await countersign.remove()
  }
})

const postgresql: PostgresqlServer | undefined = await startPostgresql()

describe('a rolling restart on PostgreSQL', { skip: postgresql ? false : NO_POSTGRESQL }, () => {
  after(() => postgresql?.stop())
  rollingRestart(async () => postgresql?.url('rolling'))
})
