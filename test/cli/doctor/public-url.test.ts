/** What is at the public URL, and what the doctor makes of it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, type Ask, NoAnswer } from '../../../src/cli/doctor/ask.ts'
import { checkPublicUrl } from '../../../src/cli/doctor/public-url.ts'
import type { Config } from '../../../src/config/config.ts'
import { installationOf } from '../../../src/config/installation.ts'
import { discoveryDocument } from '../../../src/protocol/discovery.ts'
import { NO_REGISTRATION } from '../../fixtures/test-app.ts'
import { inWords, levels } from './judged.ts'

const configOf = (issuer: string) =>
  ({
    issuer,
    keys: { signingAlgorithms: ['RS256'], encryptionAlgorithms: [], jwksMaxAge: 3_600_000 },
    languages: { default: 'en', offered: ['en', 'de'] },
    brand: {},
    sessionManagement: false,
    implicitFlow: false,
    registration: NO_REGISTRATION,
    clientIdMetadataDocuments: { allowedDomains: [] },
  }) as unknown as Config

const answer = (different: Partial<Answer>): Answer => ({
  status: 200,
  headers: {},
  body: '',
  tls: undefined,
  took: 4,
  ...different,
})

type At = Readonly<Record<string, Partial<Answer> | string>>

/** A site that is as it should be, with other answers at some paths; a text is why there is none. */
async function look(at: At = {}, { issuer = 'https://login.example', kids = ['a', 'b'] as string[] | 'unknown' } = {}) {
  const config = configOf(issuer)
  const base = issuer.replace('https://login.example', '')
  const well: Record<string, Partial<Answer>> = {
    [`${base}/.well-known/openid-configuration`]: {
      body: JSON.stringify(discoveryDocument(issuer, installationOf(config))),
    },
    [`/.well-known/oauth-authorization-server${base}`]: {},
    [`${base}/jwks`]: {
      body: '{"keys":[{"kid":"a"},{"kid":"b"}]}',
      headers: { 'cache-control': 'public, max-age=3600' },
    },
  }
  const ask: Ask = async (url) => {
    const found = { ...well, ...at }[new URL(url).pathname]
    if (typeof found === 'string') throw new NoAnswer(found)
    return answer(found ?? { status: 404 })
  }
  return checkPublicUrl({ config, ask, kids: kids === 'unknown' ? undefined : kids })
}

const DOCUMENT = '/.well-known/openid-configuration'
const document = (change: (text: string) => string): At => ({
  [DOCUMENT]: {
    body: change(
      JSON.stringify(discoveryDocument('https://login.example', installationOf(configOf('https://login.example')))),
    ),
  },
})

describe('the public URL', () => {
  test('all is well, also below a path', async () => {
    assert.equal(levels(await look()), 'fine fine')
    assert.equal(levels(await look({}, { issuer: 'https://login.example/login' })), 'fine fine')
  })

  for (const [what, at, expected] of [
    ['nothing listens', { [DOCUMENT]: 'ECONNREFUSED' }, /^problem: .* cannot be reached: nothing listens there/],
    ['no such host', { [DOCUMENT]: 'ENOTFOUND' }, /host name is not known to DNS/],
    ['no TLS', { [DOCUMENT]: 'ERR_SSL_WRONG_VERSION_NUMBER' }, /does not speak TLS/],
    [
      'a redirect',
      { [DOCUMENT]: { status: 301, headers: { location: 'https://www.login.example/x?a=b' } } },
      /a redirect to "https:\/\/www\.login\.example\/x" →/,
    ],
    ['a 404', { [DOCUMENT]: { status: 404 } }, /send all of them to Countersign/],
    ['a gate in front', { [DOCUMENT]: { status: 401 } }, /Something in front asks who is there/],
    ['a proxy without anything behind it', { [DOCUMENT]: { status: 502 } }, /does not reach Countersign/],
    [
      'a web page',
      { [DOCUMENT]: { body: '<html>', headers: { 'content-type': 'text/html' } } },
      /something else than Countersign answers.*"text\/html"/,
    ],
    [
      'another issuer',
      document((text) => text.replaceAll('https://login.example', 'http://login.example')),
      /another issuer answers there: "http:\/\/login\.example"/,
    ],
    [
      'an older configuration',
      document((text) => text.replace('"RS256"', '"RS256","ES256"')),
      /differs from this configuration in id_token_signing_alg_values_supported/,
    ],
    [
      'a proxy that rewrites JSON',
      document((text) => JSON.stringify(JSON.parse(text), undefined, 1)),
      /^warning: .*other bytes/,
    ],
    [
      'no way to the other address',
      { '/.well-known/oauth-authorization-server': { status: 404 } },
      /^warning: .*RFC 8414/,
    ],
    ['no keys', { '/jwks': { status: 503 } }, /gives no keys: status 503/],
    [
      'keys of another installation',
      { '/jwks': { body: '{"keys":[{"kid":"a"},{"kid":"z"}]}' } },
      /1 published key is not in it, 1 is in it that is not published/,
    ],
    [
      'a cache that keeps keys longer',
      { '/jwks': { body: '{"keys":[{"kid":"a"},{"kid":"b"}]}', headers: { 'cache-control': 'max-age=86400' } } },
      /^warning: .*"max-age=86400" instead of "public, max-age=3600"/,
    ],
  ] as const) {
    test(what, async () => {
      const told = inWords(await look(at as At)).filter((words) => !words.startsWith('fine'))
      assert.ok(
        told.some((words) => expected.test(words)),
        told.join('\n'),
      )
    })
  }

  test('below a path, a 404 is told as a path that was cut off', async () => {
    const issuer = 'https://login.example/login'
    const told = inWords(await look({ [`/login${DOCUMENT}`]: { status: 404 } }, { issuer }))
    assert.match(told.join(), /proxy_pass without a path/)
  })

  test('without the database, whose keys they are is unknown', async () => {
    assert.equal(levels(await look({}, { kids: 'unknown' })), 'fine unknown')
  })
})
