/** The server that Prometheus asks. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { type Exposition, expose, shared } from '../../src/telemetry/metrics/exposition.ts'
import { MetricsError } from '../../src/telemetry/metrics/metrics-error.ts'
import { silentLog } from '../fixtures/signing-keys.ts'

const TOKEN = 'a-token-that-is-long-enough'
const opened: Exposition[] = []
after(() => Promise.all(opened.map((one) => one.close())))

async function exposed(token?: string, collect = async () => ({ contentType: 'text/plain', text: 'one 1\n' })) {
  const made = await expose({ host: '127.0.0.1', port: 0, token }, collect, silentLog)
  opened.push(made)
  return made.address
}

describe('metrics are exposed', () => {
  test('without a token to whoever reaches the address; nothing else is there', async () => {
    const address = await exposed()
    const answer = await fetch(address)
    assert.deepEqual([answer.status, await answer.text()], [200, 'one 1\n'])
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal((await fetch(`${address}/`)).status, 404)
    assert.equal((await fetch(new URL('/', address))).status, 404)
    assert.equal((await fetch(address, { method: 'POST', body: 'x' })).status, 405)
  })

  test('[RFC6750 3] with a token only to who shows it', async () => {
    const address = await exposed(TOKEN)
    const status = async (authorization?: string) =>
      (await fetch(address, { headers: authorization === undefined ? {} : { authorization } })).status
    assert.equal(await status(), 401)
    assert.equal(await status(`Bearer ${TOKEN}x`), 401)
    assert.equal(await status(`Basic ${TOKEN}`), 401)
    assert.equal(await status(`Bearer ${TOKEN}`), 200)
    assert.equal((await fetch(address)).headers.get('www-authenticate'), 'Bearer')
  })

  test('who asks while an answer is made gets that one', async () => {
    let made = 0
    const { promise, resolve } = Promise.withResolvers<void>()
    const collect = shared(async () => {
      made++
      await promise
      return made
    })
    const answers = [collect(), collect(), collect()]
    resolve()
    assert.deepEqual(await Promise.all(answers), [1, 1, 1])
    assert.equal(await collect(), 2)
  })

  test('what goes wrong is for the log', async () => {
    const answer = await fetch(
      await exposed(undefined, async () => {
        throw new Error('inner words')
      }),
    )
    assert.deepEqual([answer.status, await answer.text()], [500, ''])
  })

  test('a port that is taken is said in words', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const config = { host: '127.0.0.1', port, token: undefined }
    await assert.rejects(
      expose(config, async () => ({ contentType: '', text: '' }), silentLog),
      (error) => error instanceof MetricsError && /metrics\.listen\.port/.test(error.message),
    )
    await new Promise((resolve) => other.close(resolve))
  })
})
