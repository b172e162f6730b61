import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertBroken, configOf } from './loading.ts'
import { selfSigned } from './self-signed.ts'

const TEXT = 'issuer: https://sso.example\nlisten:\n  tls:\n    certificate_file: c.pem\n    key_file: k.pem\n'
const certificateMarked = TEXT.replace('c.pem', '▶c.pem')
const keyMarked = TEXT.replace('k.pem', '▶k.pem')

describe('listen.tls', () => {
  const good = selfSigned()
  const other = selfSigned()
  const certificateAt = { rule: '', text: certificateMarked, path: 'listen.tls.certificate_file' }
  const keyAt = { rule: '', text: keyMarked, path: 'listen.tls.key_file' }

  test('is read from its two files', () => {
    const { listen } = configOf(TEXT, { files: { 'c.pem': good.certificate, 'k.pem': good.key } })
    assert.deepEqual(listen.tls, { certificate: good.certificate.trimEnd(), key: good.key.trimEnd() })
  })

  test('needs both', () => {
    const text = 'issuer: https://sso.example\nlisten:\n  tls:\n    ▶certificate_file: c.pem\n'
    assertBroken({
      rule: '',
      text,
      files: { 'c.pem': good.certificate },
      path: 'listen.tls.key_file',
      says: /is missing/,
    })
  })

  test('needs a certificate and a key that parse', () => {
    assertBroken({ ...certificateAt, files: { 'c.pem': 'x', 'k.pem': good.key }, says: /no certificate/ })
    assertBroken({ ...keyAt, files: { 'c.pem': good.certificate, 'k.pem': good.certificate }, says: /no private key/ })
  })

  test('needs a key that belongs to the certificate', () => {
    assertBroken({ ...keyAt, files: { 'c.pem': good.certificate, 'k.pem': other.key }, says: /does not belong/ })
  })

  test('needs a chain that parses to its end', () => {
    const chain = `${good.certificate}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`
    assertBroken({ ...certificateAt, files: { 'c.pem': chain, 'k.pem': good.key }, says: /TLS refuses/ })
  })

  test('refuses RSA keys of less than 2048 bits', () => {
    const weak = selfSigned({ rsaBits: 1024 })
    assertBroken({ ...keyAt, files: { 'c.pem': weak.certificate, 'k.pem': weak.key }, says: /only 1024 bits/ })
  })
})
