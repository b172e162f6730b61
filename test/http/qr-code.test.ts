import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import decodeQR from 'qr/decode.js'
import { totpUri } from '../../src/accounts/authenticators/totp.ts'
import { type QrCode, qrCode } from '../../src/http/qr-code.ts'

/** As a screen shows the path: so many pixels for each square, black on white. */
function painted({ size, path }: QrCode, scale = 4) {
  const side = size * scale
  const data = new Uint8ClampedArray(side * side * 4).fill(255)
  const black = (x: number, y: number): void => {
    for (let dy = 0; dy < scale; dy++) {
      for (let dx = 0; dx < scale; dx++)
        data.fill(0, ((y * scale + dy) * side + x * scale + dx) * 4, ((y * scale + dy) * side + x * scale + dx) * 4 + 3)
    }
  }
  let [x, y] = [0, 0]
  for (const [step] of path.matchAll(/M\d+ \d+\.5|m\d+ 0|h\d+/g)) {
    const [first = 0, second = 0] = (step.match(/[\d.]+/g) ?? []).map(Number)
    if (step.startsWith('M')) [x, y] = [first, Math.floor(second)]
    if (step.startsWith('m')) x += first
    if (step.startsWith('h')) for (let n = 0; n < first; n++) black(x++, y)
  }
  return { width: side, height: side, data }
}

describe('a QR code', () => {
  const secret = Buffer.from('12345678901234567890')
  for (const [issuer, username] of [
    ['Acme Team', 'ada'],
    ['Über & Söhne: "IT"', 'ada.lovelace@example.org'],
    ['x'.repeat(99), 'Ж'.repeat(99)],
  ] as const) {
    test(`is read by a scanner as what it was made of: ${issuer.slice(0, 20)}`, async () => {
      const uri = totpUri(secret, { issuer, username })
      const code = await qrCode(uri)
      assert.equal(decodeQR(painted(code)), uri)
      assert.ok(code.path.length < 3200, String(code.path.length))
      assert.match(code.path, /^(M\d+ \d+\.5(h\d+(m\d+ 0)?)+)+$/)
    })
  }
})
