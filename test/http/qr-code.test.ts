import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inflateSync } from 'node:zlib'
import decodeQR from 'qr/decode.js'
import { totpUri } from '../../src/accounts/authenticators/totp.ts'
import { type QrCode, qrCode } from '../../src/http/qr-code.ts'

/** As a screen shows it: so many pixels for each square. The PNG is read by ISO/IEC 15948, as far as ours goes. */
function painted({ image, width }: QrCode) {
  const png = Buffer.from(image.replace('data:image/png;base64,', ''), 'base64')
  const side = png.readUInt32BE(16)
  assert.deepEqual([png.readUInt32BE(20), ...png.subarray(24, 29)], [side, 1, 0, 0, 0, 0])
  const bits = inflateSync(png.subarray(png.indexOf('IDAT') + 4))
  const isLight = (x: number, y: number): boolean =>
    ((bits[y * (Math.ceil(side / 8) + 1) + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) !== 0
  const scale = width / side
  assert.ok(Number.isInteger(scale))
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  for (let pixel = 0; pixel < width * width; pixel++) {
    const [x, y] = [Math.floor((pixel % width) / scale), Math.floor(pixel / width / scale)]
    if (!isLight(x, y)) data.fill(0, pixel * 4, pixel * 4 + 3)
  }
  return { width, height: width, data }
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
      assert.ok(code.image.length < 1000, String(code.image.length))
    })
  }
})
