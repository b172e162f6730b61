/** Which account answers: a table of what was said, and one of what was done before. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answeringBySaid, answeringByUse, type Candidate } from '../../src/sessions/who-answers.ts'
import { anAccount, aSession } from '../fixtures/records.ts'

/** `a*!`: the account a, meant, and named by the login_hint. */
function candidate(text: string): Candidate {
  const name = text[0] ?? ''
  const signedIn = { session: aSession({ id: `session-${name}` }), account: anAccount({ id: name }) }
  return { ...signedIn, isMeant: text.includes('*'), isNamed: text.includes('!') }
}
const nameOf = (found: Candidate | 'nobody' | 'unsaid' | undefined): string =>
  found === undefined || typeof found === 'string' ? String(found) : found.account.id

describe('who answers, by what was said', () => {
  // The candidates with the active one first; who was chosen at this request; whether the app says for certain whom it means.
  const TABLE: readonly [here: string, chosen: string | undefined, isMeant: boolean, expected: string][] = [
    ['a* b*', undefined, false, 'unsaid'],
    ['', undefined, false, 'unsaid'],
    // Chosen here: nothing else counts, and nobody in their place.
    ['a* b*', 'b', false, 'b'],
    ['a*! b', 'b', true, 'b'],
    ['a* b*', 'c', false, 'nobody'],
    ['', 'c', true, 'nobody'],
    // [OpenID Connect Core 3.1.2.1] id_token_hint, and `sub` in the claims parameter
    ['a b*', undefined, true, 'b'],
    ['a! b* c*', undefined, true, 'b'],
    // [OpenID Connect Core 3.1.2.2] nobody who is meant: the active one is judged, and refused
    ['a b!', undefined, true, 'a'],
    ['', undefined, true, 'nobody'],
    // [OpenID Connect Core 3.1.2.1] login_hint
    ['a* b*!', undefined, false, 'b'],
    ['a*! b*!', undefined, false, 'a'],
  ]
  for (const [here, chosenId, isSomebodyMeant, expected] of TABLE) {
    test(`of [${here}], ${chosenId ?? 'nobody'} chosen, ${isSomebodyMeant ? 'one meant' : 'none meant'}: ${expected}`, () => {
      const candidates = here.split(' ').filter(Boolean).map(candidate)
      assert.equal(nameOf(answeringBySaid(candidates, { chosenId, isSomebodyMeant })), expected)
    })
  }
})

describe('who answers, by what was done', () => {
  type Use = readonly [used: number | undefined, chosen: number | undefined]
  // Of a, b and c: when the app was last used as them here, and when they were preferred to the others.
  const TABLE: readonly [what: string, uses: Readonly<Record<string, Use>>, asked: string, silent: string][] = [
    ['nothing is known: the active one', {}, 'a', 'a'],
    ['the last one that used the app', { a: [1, undefined], b: [3, undefined], c: [2, undefined] }, 'b', 'b'],
    ['only one ever used it', { c: [1, undefined] }, 'c', 'c'],
    ['somebody was preferred since', { b: [3, undefined], a: [undefined, 4] }, 'a', 'b'],
    ['somebody was preferred before', { b: [3, undefined], a: [undefined, 2] }, 'b', 'b'],
    ['somebody was preferred, and nobody used the app', { b: [undefined, 2] }, 'b', 'a'],
    ['at the same moment: the active one', { a: [3, undefined], b: [3, undefined] }, 'a', 'a'],
  ]
  for (const [what, uses, asked, silent] of TABLE) {
    for (const [isSilent, expected] of [
      [false, asked],
      [true, silent],
    ] as const) {
      test(`${what}${isSilent ? ', with prompt=none' : ''}: ${expected}`, () => {
        const rows = Object.entries(uses).map(([name, [usedAt, chosenAt]]) => ({
          ...{ sessionId: `session-${name}`, usedAt, chosenAt },
        }))
        assert.equal(nameOf(answeringByUse(['a', 'b', 'c'].map(candidate), rows, { isSilent })), expected)
      })
    }
  }

  test('whose session is over, and who used the app last: they are asked for, not somebody else in their place', () => {
    const [a, b] = [candidate('a'), { ...candidate('b'), isOver: true }]
    const use = (name: string, usedAt: number | undefined, chosenAt?: number) => ({
      ...{ sessionId: `session-${name}`, usedAt, chosenAt },
    })
    const answering = (...uses: ReturnType<typeof use>[]) => nameOf(answeringByUse([a, b], uses, { isSilent: false }))
    assert.equal(answering(use('a', 1), use('b', 2)), 'b')
    assert.equal(answering(use('a', 3), use('b', 2)), 'a')
    assert.equal(answering(use('a', undefined, 3), use('b', 2)), 'a')
    // That they were preferred once says nothing any more.
    assert.equal(answering(use('b', undefined, 5)), 'a')
  })

  test('of nobody, nobody', () => assert.equal(answeringByUse([], [], { isSilent: false }), undefined))
})
