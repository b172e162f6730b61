/** User-Agent headers as browsers send them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deviceOf } from '../../src/base/user-agent.ts'
import { deviceMessage } from '../../src/http/device.ts'
import { inEnglish } from '../../src/words/words.ts'

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'

const HEADERS: readonly (readonly [string, string])[] = [
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0', 'Firefox on Windows'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/130.0.0.0 Safari/537.36`, 'Chrome on Windows'],
  [`Mozilla/5.0 (Windows NT 10.0) ${WEBKIT} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0`, 'Edge on Windows'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/130.0.0.0 Safari/537.36 OPR/114.0.0.0`, 'Opera on Linux'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/130.0.0.0 Safari/537.36`, 'Chrome on ChromeOS'],
  [
    `Mozilla/5.0 (Linux; Android 14; SM-S921B) ${WEBKIT} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet on Android',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1',
    'Chrome on iPhone',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
    'Safari on iPhone',
  ],
  ['curl/8.5.0', 'curl'],
  ['Mozilla/5.0 (Windows NT 10.0)', 'a browser on Windows'],
  ['<script>alert(1)</script> visit win.example', 'an unknown browser'],
  ['', 'an unknown browser'],
]

describe('a device by its User-Agent', () => {
  for (const [header, words] of HEADERS) {
    test(`${header.slice(0, 60)}: ${words}`, () => assert.equal(inEnglish(deviceMessage(header)), words))
  }

  test('without a header, and with one of any length', () => {
    assert.deepEqual(deviceOf(undefined), { browser: undefined, system: undefined })
    assert.deepEqual(deviceOf(`${'Version/'.repeat(1e5)} Firefox/1`), { browser: undefined, system: undefined })
  })
})
