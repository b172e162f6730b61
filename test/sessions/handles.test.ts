/** The cookie of a browser with several accounts: what is ours in it, and what anybody could have written. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cookieOf, handlesIn, holdsSeveral, withActive, without, withRenewed } from '../../src/sessions/handles.ts'

const idOf = (n: number): string => `019bc1a4-7a00-7003-8003-00000000000${n}`
const SECRET = 's'.repeat(43)
const handle = (n: number, secret = SECRET) => ({ id: idOf(n), secret })
const five = [1, 2, 3, 4, 5].map((n) => handle(n))

describe('the handles in a session cookie', () => {
  test('one alone is what the cookie always was', () => {
    const cookie = `${idOf(1)}.${SECRET}`
    assert.deepEqual(handlesIn(cookie), [handle(1)])
    assert.equal(cookieOf([handle(1)]), cookie)
    assert.equal(holdsSeveral(cookie), false)
    assert.equal(holdsSeveral(undefined), false)
  })

  test('five come back in their order, and need no escaping in a cookie', () => {
    const cookie = cookieOf(five)
    assert.deepEqual(handlesIn(cookie), five)
    assert.equal(encodeURIComponent(cookie), cookie)
    assert.equal(cookie.length, 404)
    assert.equal(holdsSeveral(cookie), true)
  })

  test('nobody is no text', () => assert.equal(cookieOf([]), ''))

  const FOREIGN: readonly [what: string, cookie: string | undefined, ids: readonly number[]][] = [
    ['none', undefined, []],
    ['empty', '', []],
    ['separators alone', '~~~~', []],
    ['a malformed one among good ones', `${cookieOf([handle(1)])}~x.y~__proto__.z~${cookieOf([handle(2)])}`, [1, 2]],
    ['another case', cookieOf([{ id: idOf(1).toUpperCase().replace('019', 'ABC'), secret: SECRET }, handle(2)]), [2]],
    ['a separator at the end', `${cookieOf([handle(1)])}~`, [1]],
    ['a sixth', cookieOf([...five, handle(6)]), [1, 2, 3, 4, 5]],
    ['oversize', cookieOf([handle(1), handle(2, 's'.repeat(16_000))]), []],
    ['a thousand separators', '~'.repeat(1000), []],
  ]
  for (const [what, cookie, ids] of FOREIGN) {
    test(`${what}: ${ids.length} of them`, () => {
      assert.deepEqual(
        handlesIn(cookie).map(({ id }) => id),
        ids.map(idOf),
      )
    })
  }

  test('the same session twice is one, with the secret that came first', () => {
    assert.deepEqual(handlesIn(cookieOf([handle(1, 'first'), handle(1, 'second')])), [handle(1, 'first')])
  })

  test('who signs in is the active one; of six the last goes', () => {
    assert.deepEqual(withActive(five, handle(6)), [handle(6), ...five.slice(0, 4)])
    assert.deepEqual(
      withActive(five, handle(3, 'new')),
      [handle(3, 'new'), 1, 2, 4, 5].map((one) => (typeof one === 'number' ? handle(one) : one)),
    )
  })

  test('a new secret changes neither the order nor the others', () => {
    assert.deepEqual(withRenewed(five, handle(2, 'new')), [handle(1), handle(2, 'new'), ...five.slice(2)])
    assert.deepEqual(withRenewed(five, handle(9, 'new')), five)
  })

  test('who signs out goes alone', () => {
    assert.deepEqual(without(five, [idOf(1), idOf(9)]), five.slice(1))
  })
})
