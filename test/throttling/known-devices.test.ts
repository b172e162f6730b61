import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { DEVICE_LIFETIME, knownDevices } from '../../src/throttling/known-devices.ts'
import { START } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'

const devices = knownDevices(createSecretKey(Buffer.alloc(32, 1)), fakeRandom())
const others = knownDevices(createSecretKey(Buffer.alloc(32, 2)), fakeRandom())

describe('a known device', () => {
  test('is known to the accounts that signed in on it, and to no other', () => {
    const once = devices.remember(undefined, 'ada', START)
    const twice = devices.remember(once, 'bob', START)
    const name = devices.find(once, 'ada', START)
    assert.ok(name)
    assert.deepEqual(
      ['ada', 'bob', 'eve'].map((subject) => devices.find(twice, subject, START)),
      [name, name, undefined],
    )
    assert.equal(devices.find(once, 'bob', START), undefined)
    assert.equal(others.find(once, 'ada', START), undefined)
    assert.equal(devices.find(undefined, 'ada', START), undefined)
  })

  test('is no longer known once its time is over, unless it signed in again', () => {
    const cookie = devices.remember(undefined, 'ada', START)
    assert.ok(devices.find(cookie, 'ada', START + DEVICE_LIFETIME - 1000))
    assert.equal(devices.find(cookie, 'ada', START + DEVICE_LIFETIME), undefined)
    const again = devices.remember(cookie, 'ada', START + 5000)
    assert.ok(devices.find(again, 'ada', START + DEVICE_LIFETIME))
    assert.equal(again.split('.').length, 2)
  })

  test('keeps the five accounts that used it last', () => {
    const subjects = ['a', 'b', 'c', 'd', 'e', 'f']
    const cookie = subjects.reduce<string | undefined>((so, one) => devices.remember(so, one, START), undefined)
    assert.deepEqual(
      subjects.map((subject) => devices.find(cookie, subject, START) !== undefined),
      [false, true, true, true, true, true],
    )
  })

  test('is not made up: every change of the cookie makes it another’s', () => {
    const cookie = devices.remember(undefined, 'ada', START)
    for (let at = 0; at < cookie.length; at++) {
      const changed = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`
      assert.equal(devices.find(changed, 'ada', START), undefined, changed)
    }
    for (const text of ['', '.', `${cookie}.`, `${cookie}${cookie}`, 'x'.repeat(5000), cookie.slice(0, -1)]) {
      assert.equal(devices.find(text, 'ada', START), undefined)
      assert.ok(devices.find(devices.remember(text, 'ada', START), 'ada', START))
    }
  })
})
