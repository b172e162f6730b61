/** Whatever is sent, to whatever address: never a 5xx, and never an error in the log. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { getRoutes, postRoutes } from '../fixtures/routes.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import { newTokens } from '../fixtures/test-client.ts'

const RUNS = { numRuns: 250, seed: 20260115 }

const NAMES = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'prompt',
  'max_age',
  'login_hint',
  'code_challenge',
  'code_challenge_method',
  'request',
  'grant_type',
  'code',
  'code_verifier',
  'refresh_token',
  'client_secret',
  'token',
  'token_type_hint',
  'access_token',
  'id_token_hint',
  'post_logout_redirect_uri',
  'csrf',
  'username',
  'password',
  'answer',
  'account',
  '__proto__',
  'constructor',
  '',
]

describe('fuzzing', () => {
  const started = suiteApp()

  test('all routes, with parameters of all kinds', async () => {
    const { app, logged } = started()
    const browser = testBrowser(app)
    const tokens = await newTokens(app, { browser })
    const { path } = await testBrowser(app).start()
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const knownValues = [
      'app',
      'spa',
      'code',
      'openid',
      'none',
      'login',
      'S256',
      'form_post',
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'https://app.example/callback',
      'allow',
      'continue',
      'other',
      'alice',
      ...Object.values(tokens).map(String),
    ]

    const value = fc.oneof(
      fc.constantFrom(...knownValues),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(
        '',
        '%',
        '%00',
        '%FF',
        '\0',
        '"><script>',
        '{{constructor}}',
        '-1',
        '1e999',
        '../..',
        'a'.repeat(9000),
      ),
    )
    const encode = fc.constantFrom(encodeURIComponent, (text: string) => text.replaceAll(/[^!-~]/g, '?'))
    const pair = fc
      .tuple(fc.constantFrom(...NAMES), value, encode)
      .map(([name, text, encoded]) => `${name}=${encoded(text.toWellFormed())}`)
    const encoded = fc
      .tuple(fc.boolean(), fc.array(pair, { maxLength: 6 }))
      .map(([isGood, pairs]) => [...(isGood ? [authorizeQuery()] : []), ...pairs].join('&'))
    const header = fc.record(
      {
        authorization: fc.constantFrom(basicAuthorization(), `Bearer ${tokens.access_token}`, 'Basic x', 'Bearer', ''),
        cookie: fc.constantFrom(cookie, cookie.slice(0, -3), '=', 'a=%'),
        accept: fc.constantFrom('text/html', 'application/json', ''),
        'sec-fetch-site': fc.constantFrom('same-origin', 'cross-site', 'x'),
        'content-type': fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'x'),
        'if-none-match': fc.constantFrom('*', '"', 'W/""'),
      },
      { requiredKeys: [] },
    )
    const request = fc.record({
      route: fc.oneof(
        fc.constantFrom(...getRoutes(path)).map((url) => ({ method: 'GET' as const, url })),
        fc.constantFrom(...postRoutes(path)).map((url) => ({ method: 'POST' as const, url })),
      ),
      header,
      encoded,
      isForm: fc.boolean(),
    })

    await fc.assert(
      fc.asyncProperty(request, async ({ route, header: headers, encoded: text, isForm }) => {
        const form = isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
        const response =
          route.method === 'GET'
            ? await app.inject({ ...route, url: `${route.url}${route.url.includes('?') ? '&' : '?'}${text}`, headers })
            : await app.inject({ ...route, headers: { ...headers, ...form }, payload: text })
        assert.ok(response.statusCode < 500, `${response.statusCode} ${response.body.slice(0, 300)}`)
        assert.doesNotMatch(response.body, /<script>alert|\n\s+at .*\.ts/)
        const { location } = response.headers
        if (location !== undefined)
          assert.match(String(location), /^(\/(?![/\\])|https:\/\/app\.example\/|https:\/\/spa\.example\/)/)
      }),
      RUNS,
    )
    assert.deepEqual(
      logged.filter((line) => Number(line['level']) >= 50),
      [],
    )
  })

  test('paths of all kinds', async () => {
    const { app, logged } = started()
    const part = fc.oneof(
      fc.constantFrom(
        'sign-in',
        'authorize',
        'token',
        '..',
        '.',
        '',
        '%2e',
        '%00',
        '%FF',
        '%',
        ';',
        '%5C',
        '//',
        'consent',
      ),
      fc.webSegment(),
      fc.string({ maxLength: 10 }).map(encodeURIComponent),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 5 }),
        fc.constantFrom('GET' as const, 'POST' as const, 'PUT' as const, 'OPTIONS' as const, 'HEAD' as const),
        async (parts, method) => {
          const response = await app.inject({ method, url: `/${parts.join('/')}`, headers: { accept: 'text/html' } })
          assert.ok(response.statusCode < 500, `${response.statusCode} ${response.body.slice(0, 300)}`)
        },
      ),
      RUNS,
    )
    assert.deepEqual(
      logged.filter((line) => Number(line['level']) >= 50),
      [],
    )
  })
})
