/** The sections `metrics` and `tracing`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keysThatNeedRestart } from '../../src/config/needs-restart.ts'
import { assertBroken, type Broken, configOf, warningsOf } from './loading.ts'

const fileOf = (section: 'metrics' | 'tracing', ...lines: readonly string[]): string =>
  ['issuer: https://sso.example', `${section}:`, ...lines.map((line) => `  ${line}`), ''].join('\n')

const TOKEN = 'a-token-that-is-long-enough'
const ENDPOINT = 'otlp_endpoint: http://127.0.0.1:4318/v1/traces'

describe('metrics and traces', () => {
  test('are off unless it is said where to', () => {
    const { metrics, tracing } = configOf('issuer: https://sso.example\n')
    assert.deepEqual([metrics, tracing], [undefined, undefined])
  })

  test('an empty `listen` is enough', () => {
    assert.deepEqual(configOf(fileOf('metrics', 'listen: {}')).metrics, {
      ...{ host: '127.0.0.1', port: 9464, token: undefined },
    })
  })

  test('the token, and the headers, from a file', () => {
    const files = { here: `${TOKEN}\n`, there: 'Authorization: Bearer abc\nX-Tenant: one two\n' }
    assert.equal(configOf(fileOf('metrics', 'listen: {}', 'token_file: here'), { files }).metrics?.token, TOKEN)
    assert.deepEqual(configOf(fileOf('tracing', ENDPOINT, 'headers_file: there'), { files }).tracing, {
      endpoint: 'http://127.0.0.1:4318/v1/traces',
      sampleOneIn: 10,
      headers: { Authorization: 'Bearer abc', 'X-Tenant': 'one two' },
    })
  })

  test('an address that others may reach, without a token, is warned of', () => {
    assert.equal(warningsOf(fileOf('metrics', 'listen: { host: 10.0.0.5 }')).length, 1)
    for (const lines of [['listen: { host: 10.0.0.5 }', `token: ${TOKEN}`], ['listen: { host: "::1" }']]) {
      assert.deepEqual(warningsOf(fileOf('metrics', ...lines)), [])
    }
  })

  test('only a restart changes them', () => {
    const before = configOf('issuer: https://sso.example\n')
    const after = configOf(fileOf('metrics', 'listen: {}'))
    assert.deepEqual(keysThatNeedRestart(before, after), ['metrics'])
    const traced = configOf(fileOf('tracing', ENDPOINT))
    assert.deepEqual(keysThatNeedRestart(before, traced), ['tracing'])
    const seldom = configOf(fileOf('tracing', ENDPOINT, 'sample_one_in: 9'))
    assert.deepEqual(keysThatNeedRestart(traced, seldom), ['tracing.sample_one_in'])
    const guarded = configOf(fileOf('metrics', 'listen: {}', `token: ${TOKEN}`))
    assert.deepEqual(keysThatNeedRestart(after, guarded), ['metrics.token'])
  })
})

const BROKEN: readonly Broken[] = [
  {
    rule: 'a token without a place',
    text: fileOf('metrics', `token: ▶${TOKEN}`),
    path: 'metrics.token',
    says: /does nothing without metrics\.listen/,
  },
  {
    rule: 'a token that is easily guessed is not repeated',
    text: fileOf('metrics', 'listen: {}', 'token: ▶short'),
    path: 'metrics.token',
    says: /^(?![\s\S]*short)[\s\S]*16 characters/,
  },
  {
    rule: 'a file without a token',
    text: fileOf('metrics', 'listen: {}', 'token_file: ▶here'),
    files: { here: 'two words' },
    path: 'metrics.token_file',
    says: /no token/,
  },
  {
    rule: 'two tokens',
    text: fileOf('metrics', 'listen: {}', `token: ${TOKEN}`, 'token_file: ▶here'),
    files: { here: TOKEN },
    path: 'metrics.token_file',
    says: /contradicts token/,
  },
  {
    rule: 'the public port',
    text: `${fileOf('metrics', 'listen: { port: ▶8443 }')}listen: { port: 8443 }\n`,
    path: 'metrics.listen.port',
    says: /the port of listen/,
  },
  {
    rule: 'a secret in the endpoint',
    text: fileOf('tracing', 'otlp_endpoint: ▶https://user:pass@collector.example/v1/traces'),
    path: 'tracing.otlp_endpoint',
    says: /headers/,
  },
  {
    rule: 'headers without an endpoint',
    text: fileOf('tracing', 'headers: ▶"A: b"'),
    path: 'tracing.headers',
    says: /without otlp_endpoint/,
  },
  {
    rule: 'a line that is no header is not repeated',
    text: fileOf('tracing', ENDPOINT, 'headers: ▶canary'),
    path: 'tracing.headers',
    says: /^(?![\s\S]*canary)[\s\S]*Name: value/,
  },
  {
    rule: 'a ratio of nothing',
    text: fileOf('tracing', ENDPOINT, 'sample_one_in: ▶0'),
    path: 'tracing.sample_one_in',
    says: /1 to/,
  },
]

describe('faults of metrics and tracing', () => {
  for (const broken of BROKEN) test(broken.rule, () => assertBroken(broken))
})
