/** The name of a configuration, and what only a start can change. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Config } from '../../src/config/config.ts'
import { keysThatNeedRestart } from '../../src/config/needs-restart.ts'
import { revisionOf } from '../../src/config/revision.ts'
import { configOf } from './loading.ts'

const KEY = Buffer.alloc(32, 1)
const of = (more = ''): Config => configOf(`issuer: https://login.example\nname: Example\n${more}`)
const client = (secret: string): string =>
  `clients:\n- client_id: wiki\n  client_secret: ${secret.repeat(40)}\n  redirect_uris: ["https://wiki.example/cb"]\n`

describe('the revision of a configuration', () => {
  test('is the same for the same, and short', () => {
    assert.equal(revisionOf(of(client('a')), KEY), revisionOf(of(client('a')), KEY))
    assert.match(revisionOf(of(), KEY), /^[0-9a-f]{12}$/)
  })

  test('is another one when anything that is served differs, a secret too', () => {
    const all = [of(), of('implicit_flow: true\n'), of(client('a')), of(client('b'))].map((one) => revisionOf(one, KEY))
    assert.equal(new Set(all).size, all.length)
  })

  test('says nothing of where a process listens, also for Prometheus, logs, traces and keeps its data', () => {
    const elsewhere = of(
      'listen:\n  port: 9999\nlog:\n  level: debug\ndatabase:\n  url: file:./other.db\n' +
        'metrics:\n  listen: { host: 127.0.0.2, port: 9465 }\ntracing:\n  otlp_endpoint: http://127.0.0.1:4318/v1/traces\n',
    )
    assert.equal(revisionOf(elsewhere, KEY), revisionOf(of(), KEY))
  })

  test('cannot be worked out without the key', () => {
    assert.notEqual(revisionOf(of(), KEY), revisionOf(of(), Buffer.alloc(32, 2)))
  })
})

describe('what needs a restart', () => {
  const changes: Readonly<Record<string, string>> = {
    'listen.port': 'listen:\n  port: 9999\n',
    'listen.host': 'listen:\n  host: 0.0.0.0\n',
    'listen.shutdown_delay': 'listen:\n  shutdown_delay: 1s\n',
    'database.url': 'database:\n  url: file:./other.db\n',
    'database.busy_timeout': 'database:\n  busy_timeout: 3s\n',
    'keys.sealing_key': 'keys:\n  sealing_key_file: other.key\n',
  }
  for (const [key, text] of Object.entries(changes)) {
    test(key, () => assert.deepEqual(keysThatNeedRestart(of(), of(text)), [key]))
  }
  test('issuer', () => {
    const other = configOf('issuer: https://other.example\nname: Example\n')
    assert.deepEqual(keysThatNeedRestart(of(), other), ['issuer'])
  })
  test('nothing else', () => {
    const other = of(`implicit_flow: true\nlifetimes:\n  access_token: 1m\nlog:\n  level: debug\n${client('a')}`)
    assert.deepEqual(keysThatNeedRestart(of(), other), [])
  })
})
