import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownNetwork } from '../../src/base/shown-network.ts'

test('an address is shown as its network, whatever of it was kept', () => {
  for (const [address, shown] of [
    ['203.0.113.7', '203.0.113.…'],
    ['203.0.113.0', '203.0.113.…'],
    ['::ffff:203.0.113.7', '203.0.113.…'],
    ['2001:db8:1:2::3', '2001:db8:1:…'],
    ['2001:db8:1::', '2001:db8:1:…'],
    ['nowhere', undefined],
  ] as const) {
    assert.equal(shownNetwork(address), shown, address)
  }
})
