import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configOf, faultsOf } from './loading.ts'

const file = (...lines: string[]): string => ['issuer: https://login.example', ...lines, ''].join('\n')

describe('throttling', () => {
  test('is tuned by parts; what is left out keeps its default', () => {
    const { throttling } = configOf(
      file('throttling:', '  unknown_device: { attempts: 5 }', '  under_attack: { then_every: 1h }'),
    )
    assert.deepEqual(throttling.unknownDevice, { most: 5, every: 120_000 })
    assert.deepEqual(throttling.underAttack, { most: 3, every: 3_600_000 })
    assert.equal(configOf(file('throttling: { enabled: false }')).throttling.isEnabled, false)
  })

  test('exempt networks are addresses and ranges', () => {
    const { throttling } = configOf(file('throttling: { exempt_networks: ["10.20.0.0/16", "::1"] }'))
    assert.deepEqual(throttling.exemptNetworks, ['10.20.0.0/16', '::1'])
    for (const wrong of ['monitoring.example', '10.0.0.0/99', 'https://10.0.0.1']) {
      const faults = faultsOf(file(`throttling: { exempt_networks: ["${wrong}"] }`))
      assert.match(JSON.stringify(faults), /is no address and no CIDR range/)
    }
  })
})

describe('passwords.breach_check_url', () => {
  test('is asked by https, and ends where the digits are put', () => {
    const url = 'https://api.pwnedpasswords.com/range/'
    assert.equal(configOf(file(`passwords: { breach_check_url: "${url}" }`)).passwords.breachCheckUrl, url)
    for (const [wrong, why] of [
      ['http://pwned.example/range/', /plain http/],
      ['https://pwned.example/range', /does not end with a slash/],
      ['pwned.example', /not a web address/],
    ] as const) {
      assert.match(JSON.stringify(faultsOf(file(`passwords: { breach_check_url: "${wrong}" }`))), why)
    }
  })

  test('a mirror inside may be asked by http when egress names it', () => {
    const inside = file(
      'egress: { allowed_hosts: ["pwned.internal"] }',
      'passwords: { breach_check_url: "http://pwned.internal/range/" }',
    )
    assert.equal(configOf(inside).passwords.breachCheckUrl, 'http://pwned.internal/range/')
  })
})
