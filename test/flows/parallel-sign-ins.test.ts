/** 500 people who sign in at the same moment: hashing keeps to its bounds, and who is signed in does not notice. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gatedHasher } from '../fixtures/gated-hasher.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD, THROTTLING } from '../fixtures/test-app.ts'
import { authorizeQuery, testBrowser } from '../fixtures/test-browser.ts'

const PEOPLE = 500
const BOUNDS = { concurrency: 2, queue: 64 }

describe('500 parallel sign-ins from one network', () => {
  const { passwords, shut } = gatedHasher(BOUNDS)
  const config = {
    trustedProxies: ['127.0.0.1'],
    throttling: { ...THROTTLING, newSignIns: { most: 1000, every: 200 } },
  }
  const started = suiteApp({ passwords, config })

  test('[RFC9110 15.6.4] as many are hashed and wait as may, the others are told to come back; sessions go on meanwhile', async () => {
    const { app, addAccount } = started()
    const passwordsOf = Array.from({ length: PEOPLE }, (_, i) => `person${i}`)
    for (const username of passwordsOf) await addAccount({ username, claims: {} })
    const signedIn = testBrowser(app)
    await signedIn.signIn()
    const from = { 'x-forwarded-for': '192.0.2.1' }
    const browsers = []
    for (const username of passwordsOf) {
      const browser = testBrowser(app)
      browsers.push({ username, browser, ...(await browser.start()) })
    }

    const open = shut()
    let refusedMeanwhile = 0
    const posts = browsers.map(async ({ browser, username, path, csrf }) => {
      const answer = await browser.post(`${path}/password`, { csrf, username, password: PASSWORD }, from)
      if (answer.statusCode !== 303) refusedMeanwhile++
      return answer
    })
    // Nothing is hashed now, and who is signed in is sent on to the app all the same.
    for (let i = 0; i < 20; i++) {
      const answer = await signedIn.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)
      assert.match(String(answer.headers['location']), /[?&]code=/)
    }
    const busy = PEOPLE - BOUNDS.concurrency - BOUNDS.queue
    while (refusedMeanwhile < busy) await new Promise(setImmediate)
    assert.equal(refusedMeanwhile, busy)
    open()

    const answers = await Promise.all(posts)
    const counts = { in: 0, busy: 0, throttled: 0 }
    for (const { statusCode, headers, body } of answers) {
      if (statusCode === 303) counts.in++
      else {
        assert.match(String(headers['retry-after']), /^[1-9]\d*$/)
        assert.match(body, /value="person\d+"/)
        if (statusCode === 503) counts.busy++
        else counts.throttled++
      }
    }
    // Right passwords from one office are no attack: busy, but never throttled.
    assert.deepEqual(counts, { in: PEOPLE - busy, busy, throttled: 0 })

    // And who was sent away gets in by the next try.
    const again = browsers.filter((_, i) => answers[i]?.statusCode === 503).slice(0, 20)
    for (const { browser, username, path, csrf } of again) {
      const answer = await browser.post(`${path}/password`, { csrf, username, password: PASSWORD }, from)
      assert.equal(answer.statusCode, 303)
    }
  })
})
