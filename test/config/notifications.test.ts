import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertBroken, type Broken, configOf, SECRET } from './loading.ts'

const fileOf = (...lines: readonly string[]): string =>
  `issuer: https://sso.example\nnotifications:\n  ${lines.join('\n  ')}\n`
const URL_LINE = 'webhook_url: https://hooks.example/x'

describe('notifications', () => {
  test('left out, nobody is told', () =>
    assert.equal(configOf('issuer: https://sso.example\n').notifications, undefined))

  test('a URL and a secret, in the file or in one of its own', () => {
    const told = { webhookUrl: 'https://hooks.example/x', webhookSecret: SECRET }
    assert.deepEqual(configOf(fileOf(URL_LINE, `webhook_secret: ${SECRET}`)).notifications, told)
    const files = { hook: `${SECRET}\n` }
    assert.deepEqual(configOf(fileOf(URL_LINE, 'webhook_secret_file: hook'), { files }).notifications, told)
  })

  const BROKEN: readonly Broken[] = [
    {
      rule: 'no secret',
      text: fileOf(URL_LINE).replace('webhook_url', '▶webhook_url'),
      path: 'notifications.webhook_secret',
      says: /every message is signed/,
    },
    {
      rule: 'plain http',
      text: fileOf('webhook_url: ▶http://hooks.example/x', `webhook_secret: ${SECRET}`),
      path: 'notifications.webhook_url',
      says: /plain http/,
    },
    {
      rule: 'a secret without a URL',
      text: fileOf(`webhook_secret: ▶${SECRET}`),
      path: 'notifications.webhook_secret',
      says: /without webhook_url/,
    },
    {
      rule: 'two secrets',
      text: fileOf(URL_LINE, `webhook_secret: ${SECRET}`, 'webhook_secret_file: ▶hook'),
      files: { hook: SECRET },
      path: 'notifications.webhook_secret_file',
      says: /contradicts webhook_secret/,
    },
    {
      rule: 'a short secret',
      text: fileOf(URL_LINE, 'webhook_secret: ▶short'),
      path: 'notifications.webhook_secret',
      says: /at least 32/,
    },
    {
      rule: 'a short secret in a file',
      text: fileOf(URL_LINE, 'webhook_secret_file: ▶hook'),
      files: { hook: 'short' },
      path: 'notifications.webhook_secret_file',
      says: /at least 32/,
    },
  ]
  for (const one of BROKEN) test(`is reported: ${one.rule}`, () => assertBroken(one))
})
