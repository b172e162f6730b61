/** One code and one refresh token in many hands at once, from two processes, and across a restart. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { NO_POSTGRESQL, startPostgresql } from '../fixtures/postgresql.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { type TestApp, testApp } from '../fixtures/test-app.ts'
import { spaQuery, testBrowser } from '../fixtures/test-browser.ts'
import {
  assertRefused,
  codeFields,
  isActive,
  newCode,
  newSpaTokens,
  newTokens,
  postAsApp,
  postForm,
  spaCodeFields,
  type Tokens,
  userinfo,
} from '../fixtures/test-client.ts'
import { signInAndConsent } from '../fixtures/test-pages.ts'

const twoProcesses = (databaseUrl?: () => Promise<string>) => () => {
  const started = suiteApp({}, databaseUrl)
  let second: TestApp | undefined
  after(() => second?.close())
  const both = async () => {
    second ??= await started().another()
    return [started().app, second.app] as const
  }

  test('[RFC6749 4.1.2] 50 redemptions of one code give exactly one answer, and its tokens are revoked', async () => {
    const apps = await both()
    const code = await newCode(apps[0])
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => postAsApp(apps[n % 2 === 0 ? 0 : 1], '/token', codeFields(code))),
    )
    const good = answers.filter((answer) => answer.statusCode === 200)
    assert.equal(good.length, 1)
    for (const answer of answers.filter((one) => one.statusCode !== 200)) assertRefused(answer, 400, 'invalid_grant')

    const tokens: Tokens | undefined = good[0]?.json()
    for (const app of apps) {
      assertRefused(await userinfo(app, tokens?.access_token ?? ''), 401, 'invalid_token')
      assert.equal(await isActive(app, tokens?.access_token ?? ''), false)
      assert.equal(await isActive(app, tokens?.refresh_token ?? ''), false)
    }
  })

  test('[RFC6749 4.1.2] a second use revokes what the first one produced, whoever makes it', async () => {
    const [app] = await both()
    const code = await newCode(app)
    const tokens: Tokens = (await postAsApp(app, '/token', codeFields(code))).json()
    assert.equal((await userinfo(app, tokens.access_token)).statusCode, 200)
    assertRefused(await postForm(app, '/token', { ...codeFields(code), client_id: 'spa' }), 400, 'invalid_grant')
    assertRefused(await userinfo(app, tokens.access_token), 401, 'invalid_token')
    assert.equal(await isActive(app, tokens.access_token), false)
    assertRefused(
      await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }),
      400,
      'invalid_grant',
    )
    assert.ok(
      started().logged.some(
        (line) =>
          line['audit'] === 'grant_revoked' &&
          line['because'] === 'code_reused' &&
          line['accountId'] &&
          line['clientId'] === 'app',
      ),
    )
  })

  test('[RFC6749 4.1.2] a code in two hands during a sign-out: what is refused to one is no good for the other', async () => {
    const [app] = await both()
    const { grants, sessions } = started().deps.storage
    const answer = await signInAndConsent(testBrowser(app), spaQuery({ scope: 'openid offline_access' }))
    const fields = spaCodeFields(answer.searchParams.get('code') ?? '')
    const [grantId = ''] = (fields['code'] ?? '').split('.')
    // The first one has read that the session is open, and is slow.
    const early = await grants.find(grantId)
    const { find } = grants
    const asked: string[] = []
    const mutable: { find: typeof find } = grants
    mutable.find = async (id) => (asked.push(id) === 1 ? early : find(id))
    let second: Awaited<ReturnType<typeof postForm>> | undefined
    const { consumeCode } = grants
    const slow: { consumeCode: typeof consumeCode } = grants
    slow.consumeCode = async (...change) => {
      if (second === undefined) {
        await sessions.end(early?.grant.sessionId ?? '', started().clock.now())
        second = await postForm(app, '/token', fields)
      }
      return consumeCode(...change)
    }
    try {
      assertRefused(await postForm(app, '/token', fields), 400, 'invalid_grant')
      assert.ok(second)
      assertRefused(second, 400, 'invalid_grant')
      assert.equal((await find(grantId))?.grant.revokedBecause, 'code_after_end')
    } finally {
      mutable.find = find
      slow.consumeCode = consumeCode
    }
  })

  test('[RFC9700 4.14.2] 50 refreshes with one token give one and the same successor', async () => {
    const apps = await both()
    const answer = await signInAndConsent(testBrowser(apps[0]), spaQuery())
    const { refresh_token } = await newSpaTokens(apps[0], answer.searchParams.get('code') ?? '')
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        postForm(apps[n % 2 === 0 ? 0 : 1], '/token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token }),
      ),
    )
    assert.deepEqual([...new Set(answers.map((one) => one.statusCode))], [200])
    const successors = new Set(answers.map((one) => one.json().refresh_token))
    assert.equal(successors.size, 1)
    assert.equal(successors.has(refresh_token), false)
  })

  test('a revocation in one process counts in the other at once', async () => {
    const [app, other] = await both()
    const { access_token, refresh_token } = await newTokens(app)
    assert.equal((await userinfo(other, access_token)).statusCode, 200)
    await postAsApp(app, '/revoke', { token: refresh_token })
    assertRefused(await userinfo(other, access_token), 401, 'invalid_token')
    assertRefused(
      await postAsApp(other, '/token', { grant_type: 'refresh_token', refresh_token }),
      400,
      'invalid_grant',
    )
  })
}

describe('two processes on one SQLite database', twoProcesses())

const server = await startPostgresql()

describe('two processes on one PostgreSQL database', { skip: server ? false : NO_POSTGRESQL }, () => {
  if (server === undefined) return
  describe(
    'with apps of their own',
    twoProcesses(() => server.url('endpoints')),
  )
  after(() => server.stop())
})

describe('a restart', () => {
  const started = suiteApp()

  test('codes, refresh tokens, sessions and revocations are as they were', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const tokens = await newTokens(app, { browser })
    const code = await newCode(app)
    const used = await newCode(app)
    await postAsApp(app, '/token', codeFields(used))
    const revoked = await newTokens(app)
    await postAsApp(app, '/revoke', { token: revoked.access_token })

    const again = await started().another()
    try {
      assert.equal((await postAsApp(again.app, '/token', codeFields(code))).statusCode, 200)
      assertRefused(await postAsApp(again.app, '/token', codeFields(used)), 400, 'invalid_grant')
      assert.equal((await userinfo(again.app, tokens.access_token)).statusCode, 200)
      assert.equal(
        (await postAsApp(again.app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }))
          .statusCode,
        200,
      )
      assertRefused(await userinfo(again.app, revoked.access_token), 401, 'invalid_token')
      const after = testBrowser(again.app)
      for (const [name, value] of browser.cookies) after.cookies.set(name, value)
      assert.match((await after.get('/')).body, /Alice Example/)
    } finally {
      await again.close()
    }
  })

  test('a database that was closed and opened again', async () => {
    const before = await testApp()
    try {
      await before.addAccount()
      const code = await newCode(before.app)
      await before.app.close()
      await before.storage.close()
      const again = await before.another()
      try {
        assert.equal((await postAsApp(again.app, '/token', codeFields(code))).statusCode, 200)
        assertRefused(await postAsApp(again.app, '/token', codeFields(code)), 400, 'invalid_grant')
      } finally {
        await again.close()
      }
    } finally {
      await before.close()
    }
  })
})
