/** What a server tells the doctor of a request, and that it tells nobody else. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MINUTE } from '../../src/base/duration.ts'
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
