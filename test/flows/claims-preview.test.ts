/** countersign claims: the preview beside what a real sign-on gives, claim by claim. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Clock } from '../../src/base/clock.ts'
import { claimsCommand } from '../../src/cli/claims.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import type { Client } from '../../src/protocol/client.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { anApi } from '../fixtures/api.ts'
import { aClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { claimsOf, headerOf } from '../fixtures/forged-tokens.ts'
import { aSealingKey } from '../fixtures/signing-keys.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, newCode, postForm, userinfo } from '../fixtures/test-client.ts'

const ORDERS = 'https://orders.example'
const named = (id: string, { metadata, ...more }: Partial<Omit<Client, 'metadata'>> & { metadata?: object } = {}) =>
  aClient({ id, ...more, metadata: { redirect_uris: ['https://app.example/callback'], ...metadata } })

const CLIENTS = [
  named('app'),
  named('inside', { hasClaimsInIdToken: true }),
  named('pairwise', { metadata: { subject_type: 'pairwise' } }),
  named('mac', { metadata: { id_token_signed_response_alg: 'HS256' } }),
  named('signed', { metadata: { userinfo_signed_response_alg: 'RS256' } }),
  named('orders', {
    accessTokenAudience: [ORDERS],
    metadata: { scope: ['openid', 'profile', 'orders:read'], grant_types: ['authorization_code'] },
  }),
  named('encrypted', {
    metadata: { id_token_encrypted_response_alg: 'ECDH-ES', jwks: { keys: [] } },
  }),
  named('strict', { requiresSecondFactor: true }),
  named('narrow', { metadata: { scope: ['openid', 'email'] } }),
  named('machine', { metadata: { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] } }),
  named('implicit', {
    metadata: { grant_types: ['implicit'], response_types: ['id_token', 'id_token token'] },
  }),
]

/** All that the preview may ask: whatever else it touched, a write above all, would fail. */
const readable = ({ accounts, registeredClients, signingKeys }: Storage): Storage => ({
  ...({} as Storage),
  accounts: {
    find: (id: string) => accounts.find(id),
    findByUsername: (key: string) => accounts.findByUsername(key),
  } as Storage['accounts'],
  registeredClients: { find: (id: string) => registeredClients.find(id) } as Storage['registeredClients'],
  signingKeys: { list: () => signingKeys.list() } as Storage['signingKeys'],
})

/** Another one each time. */
const RANDOM = ['jti', 'sid', 'at_hash', 'nonce']

describe('countersign claims', () => {
  const started = suiteApp({
    clients: CLIENTS,
    apis: [anApi({ accessTokenType: 'JWT', accessTokenAlgorithm: 'RS256', accessTokenLifetime: 60_000 })],
    config: { implicitFlow: true },
  })

  const run = (...args: string[]) => runAt(started().clock, ...args)

  async function runAt(clock: Clock, ...args: string[]) {
    const { deps } = started()
    const value = aSealingKey().bytes.toString('base64url')
    const config = { ...deps.config, keys: { ...deps.config.keys, sealingKey: { kind: 'value', value } as const } }
    const terminal = { ...fakeTerminal(), clock }
    const nothing = async () => {}
    const command = claimsCommand(async () => ({
      config,
      storage: readable(deps.storage),
      record: nothing,
      close: nothing,
    }))
    return { status: await command.run(args, terminal), out: terminal.out() }
  }
  const preview = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out)

  /** What a sign-on with the same request gives. */
  async function real(id: string, more: Record<string, string> = {}) {
    const { app } = started()
    const code = await newCode(app, { query: authorizeQuery({ client_id: id, ...more }), browser: testBrowser(app) })
    const form = codeFields(code, more['resource'] === undefined ? {} : { resource: more['resource'] })
    const response = await postForm(app, '/token', form, { authorization: basicAuthorization(id) })
    assert.equal(response.statusCode, 200, response.body)
    return response.json<{ id_token: string; access_token: string; scope: string }>()
  }

  function assertSame(shown: { header: object; claims: Record<string, unknown> }, token: string): void {
    assert.deepEqual(shown.header, headerOf(token))
    const claims = claimsOf(token)
    assert.deepEqual(Object.keys(shown.claims), Object.keys(claims))
    for (const [name, value] of Object.entries(claims)) {
      if (RANDOM.includes(name)) assert.match(String(shown.claims[name]), /^\(/)
      else assert.deepEqual(shown.claims[name], value, name)
    }
  }

  for (const [id, more, args] of [
    ['app', { scope: 'openid profile email groups offline_access api' }, []],
    ['app', { scope: 'openid' }, ['--scope', 'openid']],
    ['inside', { scope: 'openid email' }, ['--scope', 'openid email']],
    ['pairwise', { scope: 'openid email' }, ['--scope', 'openid email']],
    ['mac', { scope: 'openid' }, ['--scope', 'openid']],
    ['orders', { scope: 'openid profile orders:read' }, []],
    [
      'orders',
      { scope: 'openid orders:read', resource: ORDERS },
      ['--scope', 'openid orders:read', '--resource', ORDERS],
    ],
    ['narrow', { scope: 'openid profile email' }, ['--scope', 'openid profile email']],
    [
      'app',
      { scope: 'openid', claims: '{"id_token":{"email":null},"userinfo":{"name":null}}' },
      ['--scope', 'openid', '--claims', '{"id_token":{"email":null},"userinfo":{"name":null}}'],
    ],
  ] as const) {
    test(`shows what ${id} gets for ${Object.values(more).join(' ')}`, async () => {
      const shown = await preview('alice', id, ...(id === 'app' && args.length === 0 ? ['--scope', more.scope] : args))
      const tokens = await real(id, more)
      assertSame(shown.id_token, tokens.id_token)
      assertSame(shown.access_token, tokens.access_token)
      const answer = await userinfo(started().app, tokens.access_token)
      if (answer.statusCode === 200) assert.deepEqual(shown.userinfo, answer.json())
      else assert.match(String(answer.headers['www-authenticate']), new RegExp(shown.userinfo.error))
    })
  }

  test('[OIDC Core 5.3.2] a signed userinfo is shown as it is inside', async () => {
    const { access_token } = await real('signed', { scope: 'openid email' })
    const answer = await userinfo(started().app, access_token)
    assert.deepEqual((await preview('alice', 'signed', '--scope', 'openid email')).userinfo, claimsOf(answer.body))
  })

  test('two factors, where they are asked for or the client requires them', async () => {
    const amrOf = async (...args: string[]) => {
      const { amr, acr } = (await preview('alice', ...args)).id_token.claims
      return [amr, acr]
    }
    assert.deepEqual(await amrOf('app'), [['pwd'], 'aal1'])
    assert.deepEqual(await amrOf('app', '--second-factor'), [['pwd', 'otp', 'mfa'], 'aal2'])
    assert.deepEqual(await amrOf('strict'), [['pwd', 'otp', 'mfa'], 'aal2'])
    assert.match((await run('alice', 'strict')).out, /proves a second factor/)
  })

  test('[OIDC Core 3.2] the implicit flow', async () => {
    const query = authorizeQuery({
      ...{ client_id: 'implicit', response_type: 'id_token token', scope: 'openid email' },
      ...{ code_challenge: undefined, code_challenge_method: undefined },
    })
    const answer = await testBrowser(started().app).signIn(query)
    const tokens = new URLSearchParams(answer.hash.slice(1))
    const shown = await preview('alice', 'implicit', '--scope', 'openid email')
    assertSame(shown.id_token, tokens.get('id_token') ?? '')
    assertSame(shown.access_token, tokens.get('access_token') ?? '')
  })

  test('gives nothing that could be used, although HS256 is signed with the secret at hand', async () => {
    const { out } = await run('alice', 'mac')
    assert.doesNotMatch(out, /eyJ/)
    assert.ok(!out.includes(CLIENT_SECRET))
  })

  test('says of each claim why it is not there', async () => {
    const asked = '{"userinfo":{"phone_number":null,"nickname":null,"shoe_size":null,"sub":null}}'
    const { absent_claims: absent } = await preview('alice', 'narrow', '--scope', 'openid', '--claims', asked)
    const because = Object.fromEntries(
      absent.map((one: { claim: string; because: string }) => [one.claim, one.because]),
    )
    assert.deepEqual(because, {
      name: 'not_asked',
      nickname: 'not_allowed',
      preferred_username: 'not_asked',
      updated_at: 'not_asked',
      email: 'not_asked',
      email_verified: 'not_asked',
      phone_number: 'not_allowed',
      shoe_size: 'unknown',
    })
    const { out } = await run('alice', 'narrow', '--scope', 'openid', '--claims', asked)
    assert.match(out, /phone_number +the client may not ask for it: the scope in its entry lacks phone$/m)
    assert.match(out, /^ +name +the account has it, and the client may not ask for it/m)
    assert.match(out, /^ +email +the account has it, and it was not asked for/m)
    assert.match((await run('bob', 'app')).out, /^ +email +the account has none$/m)
  })

  test('says of a scope why it is ignored', async () => {
    const { notes } = await preview('alice', 'orders', '--scope', 'openid email offline_access')
    assert.match(notes.join('\n'), /scope email is ignored: the scope in the client’s entry lacks it/)
    assert.match(notes.join('\n'), /What scopes ask for is at userinfo/)
  })

  test('says what else is worth knowing: disabled, unverified, pairwise, encrypted', async () => {
    const { addAccount } = started()
    await addAccount({ username: 'dora', claims: { email: 'dora@example.org' }, isDisabled: true })
    const { notes } = await preview('dora', 'pairwise')
    assert.match(notes.join('\n'), /is disabled[\s\S]*is not verified[\s\S]*pairwise/)
    assert.match((await run('alice', 'encrypted')).out, /The ID token is encrypted to the client/)
  })

  for (const [name, args, message] of [
    ['an account that is not there', ['nobody', 'app'], /no account/],
    ['a client that is not there', ['alice', 'nobody'], /no client with this client_id/],
    ['a client that nobody signs in at', ['alice', 'machine'], /nobody signs in at it/],
    ['a request that is refused', ['alice', 'app', '--scope', 'nothing'], /would be refused: invalid_scope/],
    ['another resource', ['alice', 'app', '--resource', ORDERS], /would be refused: invalid_target/],
    ['claims that are no JSON', ['alice', 'app', '--claims', '{'], /would be refused: invalid_request: claims/],
  ] as const) {
    test(name, () => assert.rejects(run(...args), (e) => e instanceof CommandError && message.test(e.message)))
  }

  for (const args of [[], ['alice'], ['alice', 'app', 'more'], ['alice', 'app', '--what']]) {
    test(`wrong usage: ${JSON.stringify(args)}`, () => assert.rejects(run(...args), UsageError))
  }

  test('all of it is of one moment, though time goes by meanwhile', async () => {
    const { clock } = started()
    const passing = {
      now: () => {
        clock.advance(1)
        return clock.now()
      },
    }
    const { status, out } = await runAt(passing, 'alice', 'app', '--json')
    assert.equal(status, 0)
    const { id_token: id, access_token: access } = JSON.parse(out)
    assert.equal(id.claims.iat, access.claims.iat)
  })
})
