/** The database did what was asked, and its answer was lost on the way: whoever asks again gets a safe answer. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { parseRefreshToken } from '../../src/protocol/tokens/refresh-token.ts'
import { aPublicClient } from '../fixtures/client.ts'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'
import { type TestApp, testApp } from '../fixtures/test-app.ts'
import { spaQuery, testBrowser, VERIFIER } from '../fixtures/test-browser.ts'

const server = await startPostgresql()

/** Between Countersign and PostgreSQL. Once `loseAnswers` is called, requests arrive and answers do not; then the line breaks. */
async function unreliableLine(
  url: string,
): Promise<{ url: string; loseAnswers(): void; mend(): void; close(): Promise<void> }> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let isLosing = false
  const line = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        near.destroy()
        far.destroy()
        sockets.delete(socket)
      })
    }
    near.pipe(far)
    far.on('data', (answer) => {
      if (isLosing) near.destroy()
      else near.write(answer)
    })
  })
  line.listen(0, '127.0.0.1')
  await once(line, 'listening')
  const through = new URL(url)
  through.port = String((line.address() as AddressInfo).port)
  return {
    url: through.href,
    loseAnswers() {
      isLosing = true
    },
    mend() {
      isLosing = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      line.close()
      await once(line, 'close')
    },
  }
}

describe('an answer of the database is lost', { skip: server ? false : NO_POSTGRESQL }, () => {
  let one: TestApp
  let line: Awaited<ReturnType<typeof unreliableLine>>

  before(async () => {
    line = await unreliableLine((await server?.url('lost')) ?? '')
    one = await testApp({ databaseUrl: line.url, clients: [aPublicClient({ isFirstParty: true })] })
    await one.addAccount()
  })
  after(async () => {
    await one?.close()
    await line?.close()
    await server?.stop()
  })

  const post = async (fields: Readonly<Record<string, string>>) => {
    const response = await one.app.inject({
      method: 'POST',
      url: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ client_id: 'spa', ...fields }).toString(),
    })
    return { status: response.statusCode, headers: response.headers, body: response.json() }
  }

  const redeem = (code: string) =>
    post({
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'https://spa.example/callback',
      code_verifier: VERIFIER,
    })
  const refresh = (token: string) => post({ grant_type: 'refresh_token', refresh_token: token })

  async function newCode(): Promise<string> {
    const answer = await testBrowser(one.app).signIn(spaQuery({ scope: 'openid' }))
    return answer.searchParams.get('code') ?? ''
  }

  /** What `ask` commits is committed, and nobody hears of it. Reads before it are answered. */
  async function losingTheCommit<T>(commits: 'consumeCode' | 'rotateRefreshToken', ask: () => Promise<T>): Promise<T> {
    const grants = one.storage.grants as unknown as Record<string, (...args: unknown[]) => unknown>
    const whole = grants[commits]
    grants[commits] = (...args) => {
      line.loseAnswers()
      return whole?.(...args)
    }
    try {
      return await ask()
    } finally {
      grants[commits] = whole as (...args: unknown[]) => unknown
      line.mend()
      await delay(50)
    }
  }

  test('[RFC6749 4.1.2] of a redeemed code: 503, then it is a used code, and the family is revoked', async () => {
    const code = await newCode()
    const lost = await losingTheCommit('consumeCode', () => redeem(code))
    assert.equal(lost.status, 503)
    assert.equal(lost.body.error, 'temporarily_unavailable')
    assert.ok(lost.headers['retry-after'])
    const again = await redeem(code)
    assert.deepEqual([again.status, again.body.error], [400, 'invalid_grant'])
    const grantId = code.split('.')[0] ?? ''
    const facts = await one.storage.grants.find(grantId)
    assert.ok(facts?.grant.codeConsumedAt, 'it was not committed, so nothing was tried')
    assert.equal(facts.grant.revokedBecause, 'code_reused')
  })

  test('[RFC9700 4.14.2] of a rotated refresh token: 503, then the same token gives its one successor', async () => {
    const first = (await redeem(await newCode())).body.refresh_token
    const lost = await losingTheCommit('rotateRefreshToken', () => refresh(first))
    assert.equal(lost.status, 503)
    const grantId = parseRefreshToken(first)?.grantId ?? ''
    assert.equal((await one.storage.grants.find(grantId))?.grant.refreshGeneration, 2, 'it was not committed')
    const again = await refresh(first)
    assert.equal(again.status, 200)
    assert.equal((await refresh(again.body.refresh_token)).status, 200)
    assert.equal((await one.storage.grants.find(grantId))?.grant.revokedAt, undefined)
  })
})
