/** countersign client show --for: each app's settings, read as that app reads them, with nothing but keys that it documents. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { apps } from '../../src/cli/client/apps/index.ts'
import { settingsFor } from '../../src/cli/client/settings.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { aClient, aPublicClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { clientFiles } from '../fixtures/client-files.ts'

const CONFIG = { issuer: 'https://login.example', name: 'Example "Inc."' }
const SCOPE = ['openid', 'profile', 'email', 'groups', 'offline_access']
const SCOPES = SCOPE.join(' ')

const of = (name: string) => apps.find((app) => app.name === name) ?? assert.fail(name)

/** With the redirect URI that the app wants, and how it authenticates by itself. */
function settings(name: string, metadata: Parameters<typeof aClient>[0] = {}) {
  const app = of(name)
  const { callback } = app
  const uris = callback.kind === 'exact' ? callback.uris : [`https://app.example${callback.example}`]
  const make = app.methods[0] === 'none' ? aPublicClient : aClient
  const client = make({
    id: 'the-app',
    ...metadata,
    metadata: {
      redirect_uris: uris,
      token_endpoint_auth_method: app.methods[0] ?? 'none',
      scope: SCOPE,
      ...metadata.metadata,
    },
  })
  return settingsFor(app, client, CONFIG)
}

/** `key = value`, as TOML and INI have it. */
const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^(\w+) *= *(.*)$/gm)].map(([, key = '', value = '']) => [key, value]))

/** The names before a colon: of YAML, JavaScript, Go and Ruby. */
const namesOf = (text: string): readonly string[] =>
  [...text.matchAll(/^\s*(?:- )?(\w[\w-]*):(?!:)/gm)].map(([, name = '']) => name)

const within = (names: readonly string[], documented: string): void =>
  assert.deepEqual(
    names.filter((name) => !documented.split(/\s+/).includes(name)),
    [],
  )

describe('the settings of', () => {
  test('oauth2-proxy', () => {
    const pairs = pairsOf(settings('oauth2-proxy').text)
    within(
      Object.keys(pairs),
      `provider provider_display_name oidc_issuer_url client_id redirect_url scope code_challenge_method oidc_groups_claim
       email_domains`,
    )
    const values = Object.fromEntries(Object.entries(pairs).map(([key, value]) => [key, JSON.parse(value)]))
    assert.deepEqual(values, {
      provider: 'oidc',
      provider_display_name: CONFIG.name,
      oidc_issuer_url: CONFIG.issuer,
      client_id: 'the-app',
      redirect_url: 'https://app.example/oauth2/callback',
      scope: SCOPES,
      code_challenge_method: 'S256',
      oidc_groups_claim: 'groups',
      email_domains: ['*'],
    })
  })

  test('spring-security', () => {
    const { client } = parse(settings('spring-security').text).spring.security.oauth2
    assert.deepEqual(client, {
      registration: {
        countersign: {
          provider: 'countersign',
          'client-name': CONFIG.name,
          'client-id': 'the-app',
          'client-secret': '$'.concat('{THE_APP_CLIENT_SECRET}'),
          'client-authentication-method': 'client_secret_basic',
          'authorization-grant-type': 'authorization_code',
          'redirect-uri': 'https://app.example/login/oauth2/code/countersign',
          scope: SCOPE,
        },
      },
      provider: { countersign: { 'issuer-uri': CONFIG.issuer, 'user-name-attribute': 'preferred_username' } },
    })
    const own = { metadata: { redirect_uris: ['https://app.example/shop/login/oauth2/code/sso'] } }
    assert.ok(parse(settings('spring-security', own).text).spring.security.oauth2.client.registration.sso)
  })

  test('authjs', () => {
    const { text } = settings('authjs')
    within(
      namesOf(text),
      'id name type issuer clientId clientSecret client authorization checks idToken profile email image',
    )
    assert.match(text, /clientSecret: process\.env\.THE_APP_CLIENT_SECRET,/)
    assert.match(text, /client: \{ token_endpoint_auth_method: "client_secret_basic" \}/)
    assert.match(text, /params: \{ scope: "openid profile email groups offline_access" \}/)
    // As a program: the names that it gives for what it is told.
    const provider = new Function('process', `${text.replace('export const countersign =', 'return')}`)({ env: {} })
    assert.deepEqual(provider.profile({ sub: 's', preferred_username: 'p', email: 'e' }), {
      ...{ id: 's', name: 'p', email: 'e', image: undefined },
    })
    assert.deepEqual([provider.type, provider.idToken, provider.checks], ['oidc', false, ['pkce', 'state', 'nonce']])
  })

  test('django', () => {
    const pairs = pairsOf(settings('django').text)
    within(
      Object.keys(pairs),
      `AUTHENTICATION_BACKENDS OIDC_RP_CLIENT_ID OIDC_RP_CLIENT_SECRET OIDC_RP_SCOPES OIDC_RP_SIGN_ALGO
       OIDC_OP_AUTHORIZATION_ENDPOINT OIDC_OP_TOKEN_ENDPOINT OIDC_OP_USER_ENDPOINT OIDC_OP_JWKS_ENDPOINT OIDC_USE_PKCE
       OIDC_PKCE_CODE_CHALLENGE_METHOD OIDC_TOKEN_USE_BASIC_AUTH LOGIN_REDIRECT_URL`,
    )
    assert.equal(pairs['OIDC_RP_CLIENT_SECRET'], 'os.environ["THE_APP_CLIENT_SECRET"]')
    assert.deepEqual(
      [pairs['OIDC_OP_TOKEN_ENDPOINT'], pairs['OIDC_USE_PKCE'], pairs['OIDC_TOKEN_USE_BASIC_AUTH']],
      ['"https://login.example/token"', 'True', 'False'],
    )
    const basic = { metadata: { token_endpoint_auth_method: 'client_secret_basic' } } as const
    assert.equal(pairsOf(settings('django', basic).text)['OIDC_TOKEN_USE_BASIC_AUTH'], 'True')
  })

  test('flask', () => {
    const { text } = settings('flask')
    const registered = /oauth\.register\([\s\S]*?\n\)/.exec(text)?.[0] ?? ''
    const names = [...registered.matchAll(/^ {4}(\w+)=/gm)].map(([, name = '']) => name)
    within(names, 'client_id client_secret server_metadata_url client_kwargs')
    const kwargs = /client_kwargs=(\{[\s\S]*?\})/.exec(text)?.[1]?.replace(/,(\s*\})/, '$1') ?? ''
    assert.deepEqual(JSON.parse(kwargs), {
      scope: SCOPES,
      token_endpoint_auth_method: 'client_secret_basic',
      code_challenge_method: 'S256',
    })
    assert.match(text, /server_metadata_url="https:\/\/login\.example\/\.well-known\/openid-configuration"/)
    assert.match(text, /@app\.get\("\/callback"\)/)
    assert.match(text, /authorize_redirect\("https:\/\/app\.example\/callback"\)/)
    assert.doesNotMatch(settings('flask', { isPublic: true }).text, /client_secret=/)
  })

  test('go', () => {
    const { text } = settings('go')
    const config = /oauth2\.Config\{([\s\S]*?)\n\}/.exec(text)?.[1] ?? ''
    within(namesOf(config), 'ClientID ClientSecret Endpoint RedirectURL Scopes')
    assert.match(config, /Scopes: {7}\[\]string\{"openid", "profile", "email", "groups", "offline_access"\}/)
    assert.match(config, /ClientSecret: os\.Getenv\("THE_APP_CLIENT_SECRET"\)/)
    assert.match(text, /AuthStyleInHeader/)
    assert.match(text, /oauth2\.S256ChallengeOption\(verifier\)[\s\S]*oauth2\.VerifierOption\(verifier\)/)
    const post = { metadata: { token_endpoint_auth_method: 'client_secret_post' } } as const
    assert.match(settings('go', post).text, /AuthStyleInParams/)
  })

  test('express', () => {
    const metadata = { redirect_uris: ['https://app.example/shop/cb'] }
    const { text } = settings('express', { metadata })
    const program = text.replace(/^import.*$/m, '').replace(/^app\.use\(/m, 'return use(')
    const read = new Function('use', 'auth', 'process', program)
    const same = (value: unknown) => value
    const told = read(same, same, { env: { THE_APP_CLIENT_SECRET: 's', COOKIE_SECRET: 'c' } })
    assert.deepEqual(told, {
      issuerBaseURL: CONFIG.issuer,
      baseURL: 'https://app.example',
      clientID: 'the-app',
      clientSecret: 's',
      secret: 'c',
      clientAuthMethod: 'client_secret_basic',
      idTokenSigningAlg: 'RS256',
      authorizationParams: { response_type: 'code', scope: SCOPES },
      idpLogout: true,
      routes: { callback: '/shop/cb', postLogoutRedirect: 'https://app.example/bye' },
    })
  })

  test('apache', () => {
    const lines = settings('apache')
      .text.split('\n')
      .filter((line) => line.startsWith('OIDC'))
    const directives = Object.fromEntries(lines.map((line) => line.split(/ (.*)/).slice(0, 2)))
    within(
      Object.keys(directives),
      `OIDCProviderMetadataURL OIDCClientID OIDCClientSecret OIDCProviderTokenEndpointAuth OIDCRedirectURI OIDCScope
       OIDCPKCEMethod OIDCCryptoPassphrase OIDCRemoteUserClaim OIDCDefaultLoggedOutURL`,
    )
    assert.equal(directives['OIDCProviderMetadataURL'], '"https://login.example/.well-known/openid-configuration"')
    assert.equal(directives['OIDCClientSecret'], '"$'.concat('{THE_APP_CLIENT_SECRET}"'))
    assert.equal(directives['OIDCScope'], `"${SCOPES}"`)
    assert.equal(directives['OIDCPKCEMethod'], 'S256')
    assert.match(settings('apache').text, /<Location "\/">[\s\S]*AuthType openid-connect[\s\S]*<\/Location>/)
  })

  test('grafana', () => {
    const metadata = { redirect_uris: ['https://app.example/grafana/login/generic_oauth'] }
    const [server = '', oauth = ''] = settings('grafana', { metadata }).text.split('[auth.generic_oauth]')
    assert.equal(pairsOf(server)['root_url'], 'https://app.example/grafana')
    const pairs = pairsOf(oauth)
    within(
      Object.keys(pairs),
      `enabled name client_id client_secret scopes auth_url token_url api_url auth_style use_pkce use_refresh_token
       signout_redirect_url allow_sign_up login_attribute_path name_attribute_path email_attribute_path
       groups_attribute_path role_attribute_path`,
    )
    assert.deepEqual(
      [pairs['client_secret'], pairs['auth_url'], pairs['api_url'], pairs['use_pkce'], pairs['use_refresh_token']],
      [
        '$__env'.concat('{THE_APP_CLIENT_SECRET}'),
        'https://login.example/authorize',
        'https://login.example/userinfo',
        'true',
        'true',
      ],
    )
    assert.equal(pairs['scopes'], SCOPES)
    assert.equal(pairs['name'], `"""${CONFIG.name}"""`)
  })

  test('gitlab', () => {
    const { text } = settings('gitlab')
    const providers = /omniauth_providers"\] = (\[[\s\S]*\])\n$/.exec(text)?.[1] ?? ''
    within(
      namesOf(providers),
      `name label args scope response_type issuer discovery client_auth_method uid_field send_scope_to_token_endpoint pkce
       client_options identifier secret redirect_uri`,
    )
    // A Ruby hash with symbols for keys is YAML of the flow style.
    const [provider] = parse(providers.replace('ENV["THE_APP_CLIENT_SECRET"]', '"from ENV"'))
    assert.deepEqual(provider.args, {
      name: 'openid_connect',
      scope: SCOPE,
      response_type: 'code',
      issuer: CONFIG.issuer,
      discovery: true,
      client_auth_method: 'basic',
      uid_field: 'sub',
      send_scope_to_token_endpoint: 'false',
      pkce: true,
      client_options: {
        identifier: 'the-app',
        secret: 'from ENV',
        redirect_uri: 'https://app.example/users/auth/openid_connect/callback',
      },
    })
    assert.match(settings('gitlab', { id: 'a#{b}' }).text, /identifier: "a\\#\{b\}"/)
  })

  test('nextcloud', () => {
    const { text } = settings('nextcloud')
    const options = Object.fromEntries(
      [...text.matchAll(/ --([\w-]+)=('[^']*'|\S+)/g)].map(([, name = '', value = '']) => [
        name,
        value.replaceAll("'", ''),
      ]),
    )
    within(
      Object.keys(options),
      `clientid clientsecret-env discoveryuri postlogouturi scope send-id-token-hint mapping-uid mapping-display-name
       mapping-email mapping-groups group-provisioning unique-uid type value`,
    )
    assert.deepEqual(
      [options['clientid'], options['clientsecret-env'], options['scope'], options['mapping-groups']],
      ['the-app', 'THE_APP_CLIENT_SECRET', SCOPES, 'groups'],
    )
    assert.match(text, /enrich_login_id_token_with_userinfo/)
    assert.match(settings('nextcloud', { id: "it's" }).text, /--clientid='it'\\''s' \\$/m)
  })

  test('kubernetes', () => {
    const [server, kubeconfig] = parseAllDocuments(settings('kubernetes').text).map((document) => document.toJS())
    assert.deepEqual(server, {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      jwt: [
        {
          issuer: { url: CONFIG.issuer, audiences: ['the-app'] },
          claimMappings: {
            username: { claim: 'preferred_username', prefix: 'countersign:' },
            groups: { claim: 'groups', prefix: 'countersign:' },
          },
        },
      ],
    })
    const { exec } = kubeconfig.users[0].user
    within(Object.keys(exec), 'apiVersion interactiveMode command args')
    const flags = exec.args.slice(2).map((flag: string) => flag.split('=')[0])
    within(flags, '--oidc-issuer-url --oidc-client-id --oidc-pkce-method --oidc-extra-scope')
    assert.ok(exec.args.includes('--oidc-extra-scope=groups'))
  })
})

describe('whatever the app', () => {
  for (const { name } of apps) {
    test(`${name}: no secret, no scope that the client may not have, and nothing is lacking`, () => {
      const { text, advice } = settings(name, { hasClaimsInIdToken: true })
      assert.ok(!text.includes(CLIENT_SECRET))
      assert.doesNotMatch(text, /address|phone|undefined/)
      assert.doesNotMatch(advice.join('\n'), /entry lacks|cannot authenticate|In the entry:/)
    })

    test(`${name}: the redirect URI that it wants is told with its line`, () => {
      const { advice } = settings(name, { metadata: { redirect_uris: ['com.example:/cb'] } })
      const { callback } = of(name)
      const line = callback.kind === 'exact' ? callback.uris[0] : `https://app.example${callback.example}`
      assert.match(advice.join('\n'), new RegExp(`^ {6}- ${line}$`, 'm'))
    })

    test(`${name}: a way to authenticate that it does not have is told`, () => {
      const method = (['private_key_jwt', 'client_secret_jwt', 'client_secret_basic'] as const).find(
        (one) => !of(name).methods.includes(one),
      )
      if (method === undefined) return
      const { advice } = settings(name, { metadata: { token_endpoint_auth_method: method } })
      assert.match(advice.join('\n'), new RegExp(`cannot authenticate with ${method}[\\s\\S]*${of(name).methods[0]}`))
    })
  }

  test('offline_access is not asked for by a client that cannot refresh', () => {
    const { text } = settings('flask', { metadata: { grant_types: ['authorization_code'] } })
    assert.doesNotMatch(text, /offline_access/)
  })

  test('[OIDC Core 5.4] what reads the ID token alone needs claims in it', () => {
    assert.match(settings('kubernetes').advice.join('\n'), /claims_in_id_token: true/)
  })

  test('an ID token of another algorithm is told where the app takes RS256 alone', () => {
    const metadata = { id_token_signed_response_alg: 'ES256' } as const
    assert.match(settings('authjs', { metadata }).advice.join('\n'), /RS256 alone/)
    assert.match(settings('express', { metadata }).text, /idTokenSigningAlg: "ES256"/)
  })
})

describe('client show --for', () => {
  test('prints the settings alone, so that they can go into a file', async () => {
    const files = clientFiles()
    const { out, err } = await files.run(['show', 'wiki', '--for', 'apache'])
    assert.match(out, /^OIDCProviderMetadataURL .*\n/)
    assert.match(err, /post_logout_redirect_uris/)
    for (const args of [
      ['show', 'wiki', '--for', 'tomcat'],
      ['show', 'wiki', '--for'],
    ]) {
      await assert.rejects(files.run(args), (e) => e instanceof UsageError && /grafana +Grafana/.test(e.message))
    }
    files.remove()
  })

  const OTHERS = `issuer: https://login.example
implicit_flow: true
clients:
  - { client_id: svc, grant_types: [client_credentials], client_secret: ${CLIENT_SECRET} }
  - { client_id: orders-api, grant_types: [], client_secret: ${CLIENT_SECRET} }
  - client_id: old
    grant_types: [implicit]
    response_types: [id_token]
    redirect_uris: ["https://old.example/cb"]
    client_secret: ${CLIENT_SECRET}
`
  for (const { name } of apps) {
    test(`${name} cannot use a service, an API or a client without codes: exit status 1, and the command for one that fits`, async () => {
      const files = clientFiles(OTHERS)
      let command = ''
      for (const [id, because] of [
        ['svc', /says grant_types: \[client_credentials\], so it is a service/],
        ['orders-api', /says grant_types: \[\], so it is an API/],
        ['old', /says grant_types: \[implicit\]\./],
      ] as const) {
        await assert.rejects(files.run(['show', id, '--for', name]), (error) => {
          assert.ok(error instanceof CommandError)
          assert.match(error.message, because)
          command = /countersign client (add .*)$/.exec(error.message)?.[1] ?? ''
          return true
        })
      }
      assert.equal((await files.run(command.split(' '))).status, 0)
      const { status, err } = await files.run(['show', name, '--for', name])
      assert.equal(status, 0)
      assert.doesNotMatch(err, /entry lacks|cannot authenticate/)
      files.remove()
    })
  }
})
