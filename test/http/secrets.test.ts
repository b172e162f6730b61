/** A whole life of one sign-on with marked secrets: not one of them is in any line of the log, or in a URL of ours. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sha256 } from '../../src/base/hash.ts'
import { explainCommand } from '../../src/cli/explain.ts'
import { processMetrics } from '../../src/telemetry/metrics/process.ts'
import { both } from '../../src/telemetry/telemetry.ts'
import { openTracing } from '../../src/telemetry/traces/tracing.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { assertionFields, jwtOf } from '../fixtures/client-assertion.ts'
import { otlpReceiver } from '../fixtures/otlp-receiver.ts'
import { requestObject } from '../fixtures/request-object.ts'
import { enterCode, enterPassword, phoneOf } from '../fixtures/second-factor.ts'
import { silentLog } from '../fixtures/signing-keys.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { ISSUER, type TestApp, testApp } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  basicAuthorization,
  formToken,
  locationOf,
  spaQuery,
  testBrowser,
} from '../fixtures/test-browser.ts'
import { codeFields, newSpaTokens, postForm, type Tokens, userinfo } from '../fixtures/test-client.ts'
import { signInAndConsent } from '../fixtures/test-pages.ts'

const PASSWORD_TYPED = 'canary-password-7f3a wrong horse'
const SECRET = 'canary-client-secret-51c2-xxxxxxxxxxxxxxxx'
const VERIFIER = 'canary-verifier-9d1e-xxxxxxxxxxxxxxxxxxxxxxxxx'

let started: TestApp | undefined
after(() => started?.close())

/** Every refusal as it is kept, as a person reads it and as a machine does. */
async function everythingExplained({ deps, storage }: TestApp): Promise<string> {
  await deps.refusals.flush()
  const kept = await storage.refusals.list({ clientId: undefined, limit: 1000 })
  assert.ok(kept.length > 20, String(kept.length))
  const command = explainCommand(async () => ({
    config: deps.config,
    storage,
    record: async () => {},
    close: async () => {},
  }))
  const terminal = fakeTerminal()
  for (const { errorId } of kept) {
    await command.run([errorId], terminal)
    await command.run([errorId, '--json'], terminal)
  }
  return `${JSON.stringify(kept)}\n${terminal.out()}`
}

/** What is kept of second factors. */
async function openedRows({ storage, clock }: TestApp): Promise<string> {
  const account = await storage.accounts.findByUsername('canary')
  assert.ok(account)
  const devices = await storage.rememberedDevices.ofAccount(account.id, clock.now())
  const totp = await storage.totps.find(account.id)
  assert.ok(totp && devices.length === 1)
  return JSON.stringify([totp, devices])
}

/** Metrics, and traces of every request. */
async function lookOn() {
  const receiver = await otlpReceiver()
  const log = silentLog
  const tracing = { endpoint: receiver.endpoint, sampleOneIn: 1, headers: {} }
  const config = { issuer: ISSUER, database: { url: 'file:x' } }
  const traces = openTracing({ config, tracing, version: '1', log })
  const metrics = processMetrics({
    build: { version: '1', node: '24' },
    config: () => started?.deps.config ?? assert.fail('not yet'),
    ofNode: false,
  })
  return {
    telemetry: both(metrics.telemetry, traces.telemetry),
    async everything(): Promise<string> {
      await traces.stop()
      metrics.stop()
      await receiver.close()
      assert.ok(receiver.spans.length > 100, String(receiver.spans.length))
      return `${receiver.raw.join('\n')}\n${(await metrics.expose()).text}`
    },
  }
}

test('no secret is ever logged, kept, measured or traced', async () => {
  const { telemetry, everything } = await lookOn()
  started = await testApp({ clients: [aClient({ secretHashes: [sha256(SECRET)] }), aPublicClient()], telemetry })
  const { app, clock, deps, addAccount, logged } = started
  await addAccount()
  await addAccount({ username: 'canary', claims: {}, passwordHash: await deps.passwords.hash(PASSWORD_TYPED) })
  const secrets: [string, string][] = [
    ['password', PASSWORD_TYPED],
    ['client secret', SECRET],
    ['verifier', VERIFIER],
  ]
  const asApp = (
    url: string,
    form: Record<string, string | undefined>,
    authorization = basicAuthorization('app', SECRET),
  ) => postForm(app, url, form, { authorization })

  // Signing in, wrong first, with every step that a person takes.
  const browser = testBrowser(app)
  const query = authorizeQuery({
    code_challenge: sha256(VERIFIER),
    state: 'canary-state-1',
    nonce: 'canary-nonce-1',
    login_hint: 'canary-hint',
  })
  const { path, csrf } = await browser.start(query)
  await browser.post(`${path}/password`, { csrf: 'canary-forged-token', username: 'canary', password: PASSWORD_TYPED })
  await browser.post(`${path}/password`, { csrf, username: PASSWORD_TYPED, password: `${PASSWORD_TYPED}!` })
  await browser.post(`${path}/password`, { csrf, username: 'canary', password: PASSWORD_TYPED })
  const answer = new URL(locationOf(await browser.get(path)))
  const code = answer.searchParams.get('code') ?? ''
  for (const [name, value] of browser.cookies)
    secrets.push([name, value], [`${name}’s secret`, value.split('.').at(-1) ?? ''])
  secrets.push(
    ['code', code],
    ['code’s secret', code.split('.')[1] ?? ''],
    ['form token', csrf],
    ['state', 'canary-state-1'],
    ['nonce', 'canary-nonce-1'],
  )

  // Tokens, wrong first.
  await asApp('/token', codeFields(code, { code_verifier: 'canary-verifier-wrong-xxxxxxxxxxxxxxxxxxxxxxxxxxx' }))
  await asApp('/token', codeFields(code, { code_verifier: VERIFIER }), basicAuthorization('app', 'canary-wrong-secret'))
  await postForm(app, '/token', codeFields(code, { code_verifier: VERIFIER, client_id: 'app', client_secret: SECRET }))
  await asApp('/token', {
    ...codeFields(code, { code_verifier: VERIFIER }),
    refresh_token: '\0',
    grant_type: 'authorization_code',
  })
  const tokens: Tokens = (await asApp('/token', codeFields(code, { code_verifier: VERIFIER }))).json()
  secrets.push(
    ['access token', tokens.access_token],
    ['ID token', tokens.id_token],
    ['refresh token', tokens.refresh_token],
  )

  // Using them, and using them wrongly.
  await userinfo(app, tokens.access_token)
  await userinfo(app, `${tokens.access_token}x`)
  await app.inject({ url: `/userinfo?access_token=${tokens.access_token}` })
  await app.inject({ url: `/nowhere?code=${code}&refresh_token=${tokens.refresh_token}` })
  await app.inject({ url: `/sign-out?id_token_hint=${tokens.id_token}` })
  for (const token of [tokens.access_token, tokens.refresh_token, tokens.id_token, code])
    await asApp('/introspect', { token })
  await asApp('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  await asApp('/token', codeFields(code, { code_verifier: VERIFIER }))
  await asApp('/token', { grant_type: tokens.refresh_token })
  await asApp('/revoke', { token: tokens.refresh_token })
  await asApp('/revoke', { token: tokens.access_token })

  // Rotation and theft.
  const spa = testBrowser(app)
  const spaCode = (await signInAndConsent(spa, spaQuery())).searchParams.get('code') ?? ''
  const rotating = await newSpaTokens(app, spaCode)
  const refresh = (refresh_token: string) =>
    postForm(app, '/token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token })
  const rotated: Tokens = (await refresh(rotating.refresh_token)).json()
  clock.advance(60_000)
  await refresh(rotating.refresh_token)
  secrets.push(['rotated', rotating.refresh_token], ['successor', rotated.refresh_token])

  // A request that is pushed, and one that is signed.
  const pushed = await asApp(
    '/par',
    Object.fromEntries(new URLSearchParams(authorizeQuery({ state: 'canary-pushed' }))),
  )
  const reference: string = pushed.json().request_uri
  secrets.push(['reference', reference.split(':').at(-1) ?? ''])
  for (let round = 0; round < 2; round++) {
    await browser.get(`/authorize?${new URLSearchParams({ client_id: 'app', request_uri: reference })}`)
  }
  const object = requestObject('canary-key-of-the-request-object', {}, { alg: 'HS256' })
  secrets.push(['request object', object])
  await browser.get(`/authorize?${authorizeQuery({ request: object })}`)

  // What refuses, with secrets where they do not belong.
  const assertion = jwtOf(
    { alg: 'HS256' },
    { iss: 'app', sub: 'app', aud: 'x', exp: 1, jti: 'canary-jti-12345' },
    SECRET,
  )
  secrets.push(['assertion', assertion], ['jti', 'canary-jti-12345'])
  await postForm(app, '/token', { grant_type: 'client_credentials', ...assertionFields(assertion) })
  await postForm(app, '/token', { grant_type: 'client_credentials', client_id: tokens.refresh_token })
  await asApp('/token', { grant_type: tokens.id_token })
  await asApp('/token', { grant_type: 'client_credentials', scope: tokens.access_token })
  await asApp('/token', { grant_type: 'refresh_token', refresh_token: code })
  await asApp('/token', { grant_type: 'refresh_token', refresh_token: `${tokens.refresh_token.slice(0, -1)}A` })
  const uri = `https://x:${encodeURIComponent(SECRET)}@app.example/callback?access_token=${tokens.access_token}`
  await browser.get(`/authorize?${authorizeQuery({ redirect_uri: uri })}`)
  await browser.get(`/authorize?${authorizeQuery({ prompt: tokens.refresh_token })}`)
  await browser.get(`/authorize?${authorizeQuery({ prompt: 'none', id_token_hint: `${tokens.id_token}x` })}`)
  await browser.get(`/authorize?${authorizeQuery({ request_uri: `urn:ietf:params:oauth:request_uri:${SECRET}` })}`)

  // A second factor: set up on the way, wrong first, then used, remembered and recovered from.
  const wary = testBrowser(app)
  const insisting = authorizeQuery({
    claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'aal2' } } }),
  })
  const typed = { username: 'canary', password: PASSWORD_TYPED }
  const enrolling = await enterPassword(wary, { query: insisting, ...typed })
  const phone = phoneOf(enrolling.page, clock.now)
  const enrol = { csrf: formToken(enrolling.page, '/totp') }
  secrets.push(['TOTP secret', phone.secret], ['proof', wary.cookies.get('__Secure-countersign-proof') ?? ''])
  await wary.post(`${enrolling.path}/totp`, { ...enrol, code: 'canary-wrong-code' })
  const recovery = await wary.post(`${enrolling.path}/totp`, { ...enrol, code: phone.code() })
  const recoveryCodes = [...recovery.body.matchAll(/<li><code>([0-9a-z-]{19})</g)].map(([, one = '']) => one)
  assert.equal(recoveryCodes.length, 10)
  for (const one of recoveryCodes) secrets.push(['recovery code', one], ['recovery code', one.replaceAll('-', '')])
  clock.advance(60_000)
  const again = testBrowser(app)
  const asking = await enterPassword(again, typed)
  await enterCode(again, asking.path, 'canary-wrong-code')
  await enterCode(again, asking.path, recoveryCodes[0] ?? '')
  await enterCode(again, asking.path, recoveryCodes[1] ?? '', { way: '?way=recovery', remember: 'yes' })
  const remembered = again.cookies.get('__Host-countersign-remembered') ?? ''
  secrets.push(['remembered device', remembered])
  const kept = await openedRows(started)
  for (const secret of [phone.secret, ...recoveryCodes, remembered]) assert.equal(kept.includes(secret), false)

  // Leaving.
  const home = await browser.get('/')
  await browser.post('/sign-out', { csrf: 'canary' })
  secrets.push(['sign-out token', formToken(home, '/sign-out')])
  await browser.get(`/end-session?id_token_hint=${tokens.id_token}x`)
  const left = await browser.get(
    `/end-session?id_token_hint=${tokens.id_token}&post_logout_redirect_uri=https://app.example/bye`,
  )
  assert.equal(locationOf(left), 'https://app.example/bye')

  await deps.audit.flush()
  const audited = await started.storage.auditEvents.page({ after: 0, limit: 1000 })
  assert.ok(audited.length > 10, String(audited.length))
  const lines = [...logged, ...audited].map((line) => JSON.stringify(line))
  const log = `${lines.join('\n')}\n${await everythingExplained(started)}\n${await everything()}`
  assert.ok(logged.length > 30)
  for (const [name, secret] of secrets) {
    assert.ok(secret.length >= 14, `${name} is not worth looking for: ${secret}`)
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      assert.equal(
        log.includes(form),
        false,
        `the ${name} is in the log, the audit log, among the refusals, in metrics or traces`,
      )
    }
  }
  assert.doesNotMatch(log, /canary-(wrong|forged|verifier|password|hint)/)
})
