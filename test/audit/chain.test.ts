/** What the hashes are made of: written down here once more, for whoever computes them elsewhere. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { BEGINNING, canonicalJson, link, seals } from '../../src/audit/chain.ts'
import { eventJson } from '../../src/cli/audit/event-view.ts'

test('[RFC8785 3.2] canonical JSON: members by name, no spaces, what is undefined is left out', () => {
  assert.equal(
    canonicalJson({ b: [3, { d: null, c: 'é"\n' }], a: { z: 1e21, y: false }, left: undefined }),
    '{"a":{"y":false,"z":1e+21},"b":[3,{"c":"é\\"\\n","d":null}]}',
  )
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      assert.equal(canonicalJson(JSON.parse(text)), text)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('the hash of an event is SHA-256 of the canonical JSON of what export prints, without hash, seal and time', () => {
  const key = Buffer.alloc(32, 7)
  const entry = { at: 1_700_000_000_000, kind: 'signed_in', fields: { sessionId: 's', accountId: 'é', amr: ['pwd'] } }
  const events = link([entry, entry], BEGINNING, seals(key))
  let previous = ''
  for (const event of events) {
    const { hash, seal: _, time: __, ...said } = JSON.parse(JSON.stringify(eventJson(event)))
    assert.equal(hash, createHash('sha256').update(canonicalJson(said)).digest('base64url'))
    assert.equal(said.previous, previous)
    previous = hash
  }
  assert.equal(events[0]?.seal, undefined)
})

test('a seal is of one place, one purpose and one key', () => {
  const [ours, others] = [seals(Buffer.alloc(32, 7)), seals(Buffer.alloc(32, 8))]
  const place = { number: 3, hash: 'h' }
  const seal = ours.make('head', place)
  assert.equal(ours.judge('head', { ...place, seal }), 'ours')
  assert.equal(ours.judge('anchor', { ...place, seal }), 'forged')
  assert.equal(ours.judge('head', { ...place, number: 4, seal }), 'forged')
  assert.equal(ours.judge('head', { ...place, hash: 'i', seal }), 'forged')
  assert.equal(others.judge('head', { ...place, seal }), 'other_key')
  assert.equal(ours.judge('head', { ...place, seal: 'none' }), 'unsealed')
  assert.equal(ours.judge('head', { ...place, seal: '' }), 'forged')
})
