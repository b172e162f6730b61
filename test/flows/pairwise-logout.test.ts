/** A client with pairwise subjects hears of a logout by the names that it knows (OpenID Connect Core §8). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { readTags, unescapeHtml } from '../fixtures/html.ts'
import { logoutWorld, oneSecond } from '../fixtures/logout-world.ts'
import { formToken, testBrowser } from '../fixtures/test-browser.ts'
import { newTokens } from '../fixtures/test-client.ts'

describe('[OpenID Connect Core 8] a pairwise client is told of a logout', () => {
  const world = logoutWorld({
    subject_type: 'pairwise',
    frontchannel_logout_uri: 'https://app.example/logout',
    frontchannel_logout_session_required: true,
  })

  test('with the sub and the sid of its ID token, by both channels', async () => {
    const { app, receiver } = world()
    const browser = testBrowser(app.app)
    const { sub, sid } = decodeJwt((await newTokens(app.app, { browser })).id_token)
    const shared = browser.cookies.get('__Host-countersign-session')?.split('.')[0]
    assert.notEqual(sid, shared)

    const page = await browser.get('/sign-out')
    const signedOut = await browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })
    const frames = readTags(signedOut.body)
      .filter(({ name, closing }) => name === 'iframe' && !closing)
      .map(({ attributes }) => new URL(unescapeHtml(attributes.get('src') ?? '')).searchParams.get('sid'))
    assert.deepEqual(frames, [sid])

    await oneSecond(app)
    const told = receiver.received.map(({ token }) => decodeJwt(token))
    assert.deepEqual(
      told.map((claims) => [claims.sub, claims['sid']]),
      [[sub, sid]],
    )
  })
})
