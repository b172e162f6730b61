// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { sha256 } from '../../src/base/hash.ts'
import { formatFault, formatFaults } from '../../src/config/fault.ts'
import { loadConfig } from '../../src/config/load.ts'
import { NO_BRAND } from '../../src/look/brand.ts'
import { LANGUAGE_TAGS } from '../../src/words/languages.ts'
import {
  assertBroken,
  CONFIDENTIAL,
  configOf,
  DIRECTORY,
  faultsOf,
  load,
  PUBLIC,
  SECRET,
  unmark,
  withClient,
} from './loading.ts'

const ISSUER = 'issuer: https://sso.example\n'

describe('the limits of the database', () => {
  test('are read as written', () => {
    const config = configOf(
      `${ISSUER}database: { max_connections: 3, connect_timeout: 500ms, statement_timeout: 1m, busy_timeout: 250ms }`,
    )
    assert.deepEqual(config.database.limits, {
      maxConnections: 3,
      connectTimeout: 500,
      statementTimeout: 60 * SECOND,
      busyTimeout: 250,
    })
  })
})

describe('defaults', () => {
  test('an issuer alone is a whole configuration', () => {
    assert.deepEqual(configOf(ISSUER), {
      issuer: 'https://sso.example',
      name: 'Countersign',
      brand: NO_BRAND,
      recovery: { byMail: false },
      signUp: undefined,
      languages: { default: 'en', offered: LANGUAGE_TAGS },
      texts: {},
      listen: { host: '127.0.0.1', port: 8080, shutdownDelay: 0 },
      trustedProxies: [],
      sessionManagement: false,
      implicitFlow: false,
      database: {
        url: `file:${DIRECTORY}/data/countersign.db`,
        limits: {
          maxConnections: 10,
          connectTimeout: 3 * SECOND,
          statementTimeout: 5 * SECOND,
          busyTimeout: 5 * SECOND,
        },
      },
      keys: {
        sealingKey: { kind: 'file', path: `${DIRECTORY}/keys/sealing.key` },
        signingAlgorithms: ['RS256', 'ES256'],
        encryptionAlgorithms: [],
        rotateEvery: 90 * DAY,
        publishBeforeUse: 24 * HOUR,
        jwksMaxAge: HOUR,
        rsaBits: 2048,
      },
      lifetimes: {
        authorizationCode: 60 * SECOND,
        accessToken: 5 * MINUTE,
        idToken: 5 * MINUTE,
        refreshToken: 24 * HOUR,
        refreshTokenAbsolute: 30 * DAY,
        refreshRetryWindow: 30 * SECOND,
        sessionIdle: 12 * HOUR,
        sessionAbsolute: 7 * DAY,
        interaction: HOUR,
      },
      passwordHashing: { memoryKib: 19_456, iterations: 2, parallelism: 1, concurrency: 2, queue: 64 },
      passwords: { breachCheckUrl: undefined },
      throttling: {
        isEnabled: true,
        exemptNetworks: [],
        knownDevice: { most: 10, every: MINUTE },
        unknownDevice: { most: 10, every: 2 * MINUTE },
        attack: { most: 50, every: 30 * MINUTE },
        underAttack: { most: 3, every: 15 * MINUTE },
        network: { most: 100, every: 20 * SECOND },
        clientSecrets: { most: 20, every: 10 * SECOND },
        newSignIns: { most: 1000, every: 200 },
        clientRequestsPerSecond: 0,
      },
      account: { editable: ['name', 'given_name', 'family_name', 'locale'], remove: true },
      secondFactor: { requiredOf: 'nobody', requiredGroups: [], rememberDevice: 30 * DAY, isOffered: true },
      passkeys: { rpId: 'sso.example', isOffered: true },
      egress: { allowedHosts: [], timeout: 3000 },
      log: { level: 'info' },
      audit: { keep: 400 * DAY, tokens: false, addresses: 'full' },
      refusals: { keep: 14 * DAY },
      admin: undefined,
      registration: {
        isEnabled: false,
        isOpen: false,
        initialAccessTokenHashes: [],
        allowedRedirectHosts: [],
        allowedScopes: ['openid', 'profile', 'email', 'offline_access'],
        allowedResources: [],
        allowedGrantTypes: ['authorization_code', 'refresh_token'],
        maxClients: 1000,
        expiresAfter: 90 * DAY,
        requiresPkce: true,
        showsLogos: false,
      },
      clientIdMetadataDocuments: {
        allowedDomains: [],
        allowedScopes: ['openid', 'profile', 'email', 'offline_access'],
        allowedResources: [],
      },
      metrics: undefined,
      tracing: undefined,
      notifications: undefined,
      mail: undefined,
      upstream: [],
      apis: [],
      clients: [],
    })
  })

  test('a confidential client needs an id, a redirect URI and a secret', () => {
    const config = configOf(withClient(...CONFIDENTIAL))
    const { authorizationCode, accessToken, idToken, refreshToken, refreshTokenAbsolute } = config.lifetimes
    assert.deepEqual(config.clients, [
      {
        id: 'wiki',
        source: 'configuration',
        metadata: {
          client_name: 'wiki',
          application_type: 'web',
          redirect_uris: ['https://wiki.example/cb'],
          post_logout_redirect_uris: [],
          grant_types: ['authorization_code'],
          response_types: ['code'],
          scope: ['openid', 'profile', 'email'],
          token_endpoint_auth_method: 'client_secret_basic',
          subject_type: 'public',
          id_token_signed_response_alg: 'RS256',
          request_uris: [],
          require_signed_request_object: false,
          require_pushed_authorization_requests: false,
          require_auth_time: false,
          default_acr_values: [],
          backchannel_logout_session_required: false,
          frontchannel_logout_session_required: false,
        },
        isPublic: false,
        secretHashes: [sha256(SECRET)],
        sharedSecret: SECRET,
        isFirstParty: false,
        requiresPkce: true,
        requiresSecondFactor: false,
        launcherOrder: 100,
        rotatesRefreshTokens: false,
        accessTokenAudience: [],
        accessTokenAlgorithm: 'ES256',
        introspects: 'own',
        hasClaimsInIdToken: false,
        lifetimes: { authorizationCode, accessToken, idToken, refreshToken, refreshTokenAbsolute },
      },
    ])
  })

  test('[RFC9700 4.14.2] a public client has no secret and its refresh tokens rotate', () => {
    const [client] = configOf(withClient(...PUBLIC)).clients
    assert.deepEqual(
      [client?.isPublic, client?.secretHashes, client?.rotatesRefreshTokens, client?.requiresPkce],
      [true, [], true, true],
    )
  })

  test('a client without the authorization_code grant has no response type and no scope', () => {
    const [client] = configOf(withClient('client_id: job', 'grant_types: []', `client_secret: ${SECRET}`)).clients
    assert.deepEqual([client?.metadata.response_types, client?.metadata.scope], [[], []])
  })
})

describe('what the file says', () => {
  test('what its access tokens are signed with is ES256, or RS256 where there are no keys for that', () => {
    const text = withClient(...CONFIDENTIAL)
    assert.equal(configOf(text).clients[0]?.accessTokenAlgorithm, 'ES256')
    const [client] = configOf(`keys: { signing_algorithms: [EdDSA, RS256] }\n${text}`).clients
    assert.equal(client?.accessTokenAlgorithm, 'RS256')
  })

  test('arrives', () => {
    const lines = [
      ...CONFIDENTIAL,
      'client_name: "Wiki of ${TEAM}"',
      'client_uri: https://wiki.example/',
      'default_max_age: 3600',
      'scope: openid groups openid',
      'require_pkce: false',
      'first_party: true',
      'rotate_refresh_tokens: true',
      'access_token_audience: [https://api.example]',
      'access_token_signed_response_alg: RS256',
      'introspection: any',
      'lifetimes: { access_token: 90s }',
    ]
    const [client] = configOf(withClient(...lines), { env: { TEAM: 'Ops' } }).clients
    assert.equal(client?.metadata.client_name, 'Wiki of Ops')
    assert.equal(client?.metadata.client_uri, 'https://wiki.example/')
    assert.equal(client?.metadata.default_max_age, HOUR)
    assert.deepEqual(client?.metadata.scope, ['openid', 'groups'])
    assert.deepEqual(
      [client?.requiresPkce, client?.isFirstParty, client?.rotatesRefreshTokens, client?.introspects],
      [false, true, true, 'any'],
    )
    assert.deepEqual([client?.accessTokenAudience, client?.accessTokenAlgorithm], [['https://api.example'], 'RS256'])
    assert.deepEqual([client?.lifetimes.accessToken, client?.lifetimes.idToken], [90 * SECOND, 5 * MINUTE])
  })

  test('a hash may be base64url or hex, padded or not', () => {
    const digest = sha256(SECRET)
    const hex = Buffer.from(digest, 'base64url').toString('hex')
    for (const form of [digest, `${digest}=`, hex, hex.toUpperCase()]) {
      const lines = [...CONFIDENTIAL.slice(0, 2), `client_secret_hash: sha256:${form}`]
      assert.deepEqual(configOf(withClient(...lines)).clients[0]?.secretHashes, [digest])
    }
  })

  test('paths are relative to the file, absolute ones stay', () => {
    const config = configOf(`${ISSUER}database: { url: "file:../db/x.db" }\nkeys: { sealing_key_file: /run/k }`)
    assert.equal(config.database.url, 'file:/etc/db/x.db')
    assert.deepEqual(config.keys.sealingKey, { kind: 'file', path: '/run/k' })
  })

  test('a byte order mark and Windows line ends are no matter', () => {
    assert.equal(configOf(`\uFEFF${ISSUER}name: X\n`.replaceAll('\n', '\r\n')).name, 'X')
  })
})

describe('environment variables', () => {
  test('stand anywhere in a value, several times, and as numbers and booleans', () => {
    const env = { SCHEME: 'https', HOST: 'sso.example', PORT: '9000', BITS: '3072', YES: 'true' }
    const text = 'issuer: ${SCHEME}://${HOST}/\nlisten: { port: ${PORT} }\nkeys:\n  rsa_bits: "${BITS}"\n'
    const config = configOf(text.replace('${PORT}', "'${PORT}'"), { env })
    assert.deepEqual([config.issuer, config.listen.port, config.keys.rsaBits], ['https://sso.example/', 9000, 3072])
    assert.equal(configOf(withClient(...PUBLIC, 'first_party: ${YES}'), { env }).clients[0]?.isFirstParty, true)
  })

  test('$${ stands for ${, a lone $ for itself, and what a variable holds is not looked at again', () => {
    const text = `${ISSUER}name: 'a $\${A} $5 \${A}'`
    assert.equal(configOf(text, { env: { A: '${B}' } }).name, 'a ${A} $5 ${B}')
  })

  test('cannot bring in YAML', () => {
    assert.equal(configOf(`${ISSUER}name: \${A}`, { env: { A: 'x\nlog: 1 #' } }).name, 'x\nlog: 1 #')
  })

  test('that are not set are reported by name', () => {
    const rule = { rule: '', path: 'name', says: /environment variable NOBODY is not set/ }
    assertBroken({ ...rule, text: `${ISSUER}name: ▶Hi \${NOBODY}` })
    assertBroken({ ...rule, text: `${ISSUER}name: ▶\${toString}`, says: /variable toString is not set/ })
  })

  test('without a name are reported', () => {
    for (const text of ['${}', '${a b}', '${A', '${1}']) {
      assertBroken({
        rule: text,
        text: `${ISSUER}name: ▶"${text}"`,
        env: { A: 'a' },
        path: 'name',
        says: /no name and }/,
      })
    }
  })

  test('that hold the wrong thing are reported with their name', () => {
    const text = `${ISSUER}listen: { port: ▶"\${PORT}" }`
    assertBroken({
      rule: '',
      text,
      env: { PORT: 'http' },
      path: 'listen.port',
      says: /found: "http" \(with \$\{PORT\}\)/,
    })
    assertBroken({ rule: '', text, env: { PORT: '' }, path: 'listen.port', says: /whole number/ })
  })
})

describe('files that the file names', () => {
  const withFile = withClient(...CONFIDENTIAL.slice(0, 2), 'client_secret_file: ▶secrets/wiki')
  test('hold secrets, less the line breaks at their end', () => {
    const { text } = unmark(withFile)
    for (const end of ['', '\n', '\r\n', '\n\n']) {
      const config = configOf(text, { files: { 'secrets/wiki': SECRET + end } })
      assert.deepEqual(config.clients[0]?.secretHashes, [sha256(SECRET)])
    }
  })

  test('hold the database URL', () => {
    const config = configOf(`${ISSUER}database: { url_file: u }`, { files: { u: 'postgresql://u:p@h/d\n' } })
    assert.equal(config.database.url, 'postgresql://u:p@h/d')
  })

  const at = { path: 'clients[0].client_secret_file', text: withFile }
  test('are reported when they are missing, empty, too large or no text', () => {
    assertBroken({ ...at, rule: '', says: /does not exist[\s\S]*relative to \/etc\/countersign/ })
    assertBroken({ ...at, rule: '', files: { 'secrets/wiki': '\n' }, says: /is empty/ })
    assertBroken({ ...at, rule: '', files: { 'secrets/wiki': 'x'.repeat(65_537) }, says: /larger than 64 KiB/ })
    assertBroken({ ...at, rule: '', files: { 'secrets/wiki': Buffer.from([0xff, 0xfe]) }, says: /not UTF-8/ })
  })
})

describe('a file that is none', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'countersign-config-'))
  })
  after(() => rmSync(directory, { recursive: true }))
  const reasonOf = (path: string): string => {
    const loaded = loadConfig(path, { env: {} })
    return 'faults' in loaded ? formatFaults(loaded.faults) : ''
  }

  test('is reported as missing, a directory or unreadable', () => {
    assert.match(reasonOf(join(directory, 'x.yaml')), /x\.yaml: the configuration file does not exist\n.*--config/)
    assert.match(reasonOf(join(directory, 'x.yaml', 'y')), /does not exist/)
    assert.match(reasonOf(directory), /is a directory/)
    assert.match(reasonOf('a\0b'), /zero byte/)
    const secret = join(directory, 'secret.yaml')
    writeFileSync(secret, ISSUER)
    chmodSync(secret, 0)
    if (process.getuid?.() !== 0) assert.match(reasonOf(secret), /permission denied/)
    const denied = () => {
      throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
    }
    const loaded = loadConfig('x', { env: {}, readFile: denied })
    assert.match('faults' in loaded ? formatFaults(loaded.faults) : '', /permission denied/)
  })

  test('is read from the disk when it is there', () => {
    const path = join(directory, 'countersign.yaml')
    writeFileSync(path, withClient(...CONFIDENTIAL.slice(0, 2), 'client_secret_file: wiki.secret'))
    writeFileSync(join(directory, 'wiki.secret'), `${SECRET}\n`)
    const loaded = loadConfig(path, { env: {} })
    assert.ok('config' in loaded)
    assert.equal(loaded.config.database.url, `file:${directory}/data/countersign.db`)
    assert.deepEqual(loaded.config.clients[0]?.secretHashes, [sha256(SECRET)])
  })

  test('is reported as empty, or as no map', () => {
    for (const text of ['', '# only this\n', '---\n']) {
      assert.match(formatFaults(faultsOf(text)), /countersign\.yaml:1:\d+: (the file is empty|has no value)/)
    }
    assert.match(
      formatFaults(faultsOf('- issuer')),
      /:1:1: is of the wrong type\n {4}found: a list\n {4}allowed: a map/,
    )
    assert.match(formatFaults(faultsOf('hello')), /:1:1: is of the wrong type/)
  })

  test('is reported as no UTF-8 text, or as too large', () => {
    assert.match(formatFaults(faultsOf(Buffer.from('issuer: caf\xe9', 'latin1'))), /not UTF-8/)
    assert.match(formatFaults(faultsOf(Buffer.from(ISSUER, 'utf16le').fill(0xff, 0, 2))), /not UTF-8/)
    assert.match(formatFaults(faultsOf(`${ISSUER}#${'x'.repeat(4 * 1024 * 1024)}`)), /larger than 4096 KiB/)
  })
})

describe('faults', () => {
  test('are all reported at once, in the order of the file', () => {
    const { text, positions } = unmark(
      `issuer: ▶http://sso.example
▶nmae: X
listen:
  port: ▶eighty
  tls:
    certificate_file: ▶nowhere.pem
    key_file: ▶nowhere.key
keys: { publish_before_use: ▶1m }
log: { level: ▶loud }
clients:
  - client_id: ▶42
    client_secret: ▶short
    redirect_uris: [▶"https://a.example/#x", https://b.example/, ▶"/relative"]
  - ▶redirect_uris: ["https://\${HOST}/"]
    ▶scopes: openid
    require_pkce: ▶no
`.replace('["https', '[▶"https'),
    )
    const faults = faultsOf(text)
    const found = faults.map(({ line, column }) => `${line}:${column}`)
    // The second client lacks its client_id and a secret: both stand where its entry begins.
    assert.deepEqual(
      found,
      positions.flatMap((position) => (position === '14:5' ? [position, position] : [position])),
    )
    for (const fault of faults)
      assert.match(formatFault(fault), /^\/etc\/countersign\/countersign\.yaml:\d+:\d+: [\w.[\]]+: ./)
  })

  test('never hold a secret, whatever is wrong with it', () => {
    const canary = 'C4NARY'
    const clients = [
      `client_id: a\n    client_secret: ${canary}`,
      `client_id: b\n    client_secret: [${canary}]`,
      `client_id: c\n    client_secret_hash: sha256:${canary}`,
      `client_id: d\n    client_secret_file: ${canary}/x`,
      `client_id: e\n    client_secrt: ${canary}`,
      `client_id: f\n    client_secret: "${canary}\${"`,
      `client_id: g\n    client_secret: ${canary}\${MISSING}`,
      `client_id: h\n    client_secret: ${canary}\n    client_secret: ${canary}2`,
      `client_secret:${canary}`,
      `{client_id: i, client_secret:${canary}}`,
      `client_id: j\n    redirect_uris: ["https://user:${canary}@x.example/${canary}@y"]`,
      `client_id: k\n    client_name: ["\${WIKI_SECRET}"]\n    application_type: \${WIKI_SECRET}`,
      `client_id: l\n    client_secret: !x ${canary}`,
      `client_id: m\n    token_endpoint_auth_method: none\n    client_secret: ${canary.repeat(9)}`,
    ]
    const text = `issuer: https://user:${canary}@x.example
database: { url: "mysql://u:${canary}/${canary}@h/d" }
keys: { sealing_key: "${canary}", sealing_key_file: "${canary}" }
secret_key: ${canary}
listen: { tls: { certificate_file: a, key_file: "${canary}" } }
clients:
  - ${clients.join('\n  - ')}
`
    const faults = faultsOf(text, { env: { WIKI_SECRET: canary } })
    assert.ok(faults.length > 25)
    assert.doesNotMatch(JSON.stringify(faults), /C4NARY/)
    const syntax = [
      `client_secret: "${canary}`,
      `client_secret: @${canary}`,
      `client_secret: "\\${canary}"`,
      `client_secret: x: ${canary}`,
      `a: 1\nclient_secret:${canary}\nb: 2`,
      `client_secret: |${canary}\n  x`,
      `client_secret: 'x' ${canary}`,
      `%${canary} x\n---\na: 1`,
      `client_secret: &${canary} *${canary}`,
      `? ${canary}\n: - ${canary}\n - ${canary}`,
    ]
    for (const one of syntax) assert.doesNotMatch(JSON.stringify(faultsOf(one)), /C4NARY/, one)
  })

  test('hold no control characters', () => {
    const [fault] = faultsOf(`${ISSUER}log: { level: "\\e[31m\\u202e\\x9b" }`)
    assert.match(fault?.found ?? '', /^[\x20-\x7e]+$/)
  })

  test('hold no stack traces, whatever the file is', () => {
    for (const text of [
      '\0',
      '{',
      '}',
      '[]',
      '? ',
      ': ',
      '- - -',
      '!!',
      '&',
      '*',
      '|',
      '%',
      '`',
      '{{}: 1}',
      '"\\u{}"',
      '<<: {}',
      '__proto__: 1',
      'constructor: {}',
    ]) {
      assert.doesNotMatch(JSON.stringify(load(text)), / at .*\.(ts|js):\d/)
      assert.ok(faultsOf(text).length > 0)
    }
  })
})
