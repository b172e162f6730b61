/** What a server tells the doctor of a request, and that it tells nobody else. */
import assert from 'node:assert/strict'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { MINUTE } from '../../src/base/duration.ts'
import { ask } from '../../src/cli/doctor/ask.ts'
import { checkProxy } from '../../src/cli/doctor/proxy.ts'
import { isDoctorPass, makeDoctorPass, PASS_HEADER, SEEN_PATH } from '../../src/keys/doctor-pass.ts'
import { deriveKey } from '../../src/keys/sealing.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { withoutErrorId } from '../fixtures/refusals.ts'
import { aSealingKey } from '../fixtures/signing-keys.ts'
import { suiteApp } from '../fixtures/suite-app.ts'

describe('/doctor', () => {
  // A clock of its own: passes end.
  const started = suiteApp({ clock: fakeClock(), config: { trustedProxies: ['127.0.0.1'] } })
  const ask = (headers: Record<string, string>) => started().app.inject({ url: SEEN_PATH, headers })
  const pass = (seed?: number): string =>
    makeDoctorPass(deriveKey(aSealingKey(seed).bytes, 'doctor'), { now: started().clock.now(), random: fakeRandom() })

  test('says what arrived, and whom it takes for the client', async () => {
    const answer = await ask({
      ...{ [PASS_HEADER]: pass(), 'x-forwarded-for': '192.0.2.77, 198.51.100.9', 'x-forwarded-proto': 'https' },
      ...{ host: 'upstream', cookie: 'session=secret', authorization: 'Basic secret' },
    })
    assert.deepEqual(answer.json(), {
      ...{ peer: '127.0.0.1', client: '198.51.100.9', isTls: false },
      headers: { host: 'upstream', 'x-forwarded-for': '192.0.2.77, 198.51.100.9', 'x-forwarded-proto': 'https' },
    })
    assert.equal(answer.headers['cache-control'], 'no-store')
  })

  test('nobody else is told anything, and the address looks like one where nothing is', async () => {
    const nothing = await started().app.inject({ url: '/nowhere' })
    for (const headers of [{}, { [PASS_HEADER]: '' }, { [PASS_HEADER]: pass(2) }, { [PASS_HEADER]: `${pass()}x` }]) {
      const answer = await ask(headers)
      assert.deepEqual(
        [answer.statusCode, withoutErrorId(answer.json().error_description), answer.headers['allow']],
        [404, withoutErrorId(nothing.json().error_description), undefined],
      )
    }
  })
})

describe('from a real connection', () => {
  const started = suiteApp({ clock: fakeClock() })

  /** What the doctor says of the client's address when the public URL leads here. */
  async function told(origin: string): Promise<string> {
    const pass = makeDoctorPass(deriveKey(aSealingKey().bytes, 'doctor'), { now: START, random: fakeRandom() })
    const here = { ownAddresses: [], isOwnCertificate: undefined }
    const findings = await checkProxy({ issuer: origin, trustedProxies: [] }, { ask, pass, ...here })
    const { level, found } = findings.at(-1) ?? { level: 'unknown', found: '' }
    return `${level}: ${found}`
  }

  /** Hands on with these headers changed; undefined: taken away. */
  function proxyTo(port: number, change: Record<string, string | undefined>): Server {
    return createServer((incoming, answer) => {
      const headers = Object.fromEntries(
        Object.entries({ ...incoming.headers, ...change }).filter(([, value]) => value !== undefined),
      )
      const onward = request({ host: '127.0.0.1', port, path: incoming.url, headers, agent: false }, (response) => {
        answer.writeHead(response.statusCode ?? 500, response.headers)
        response.pipe(answer)
      })
      onward.end()
    })
  }

  const listening = (server: Server): Promise<number> =>
    new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo | null)?.port ?? 0)),
    )

  test('straight it is fine; behind a proxy that takes the address away, or passes on what came, it is told', async () => {
    await started().app.ready()
    const own = createServer((incoming, answer) => started().app.routing(incoming, answer))
    const port = await listening(own)
    const proxies = [proxyTo(port, { 'x-forwarded-for': undefined }), proxyTo(port, {})]
    try {
      assert.match(await told(`http://127.0.0.1:${port}`), /^fine: .*straight from the connection$/)
      const [taking = 0, passing = 0] = await Promise.all(proxies.map(listening))
      assert.match(await told(`http://127.0.0.1:${taking}`), /^warning: .*takes X-Forwarded-For away/)
      assert.match(await told(`http://127.0.0.1:${passing}`), /^warning: .*what passes requests on, at 127\.0\.0\.1/)
    } finally {
      for (const server of [own, ...proxies]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    }
  })
})

describe('a pass', () => {
  const key = deriveKey(aSealingKey().bytes, 'doctor')
  const made = makeDoctorPass(key, { now: START, random: fakeRandom() })

  test('holds for a minute, and another for clocks that disagree; no longer one can be made up', () => {
    assert.equal(isDoctorPass(key, made, START), true)
    assert.equal(isDoctorPass(key, made, START + 2 * MINUTE - 1), true)
    assert.equal(isDoctorPass(key, made, START + 2 * MINUTE), false)
    assert.equal(isDoctorPass(key, made, START - MINUTE - 1), false)
    const [, nonce, mac] = made.split('.')
    assert.equal(isDoctorPass(key, `${START + 30 * MINUTE}.${nonce}.${mac}`, START + 29 * MINUTE), false)
  })

  test('is nothing but that', () => {
    for (const wrong of [undefined, '', 'a.b.c', [made], `${made}.x`, 'x'.repeat(10_000)]) {
      assert.equal(isDoctorPass(key, wrong, START), false)
    }
  })
})
