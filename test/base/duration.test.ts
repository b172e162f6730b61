import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DAY, formatDuration, HOUR, MINUTE, parseDuration, SECOND } from '../../src/base/duration.ts'

describe('durations', () => {
  const READ: readonly [text: string, milliseconds: number][] = [
    ['0s', 0],
    ['250ms', 250],
    ['60s', 60 * SECOND],
    ['5m', 5 * MINUTE],
    ['24h', 24 * HOUR],
    ['90d', 90 * DAY],
    ['007m', 7 * MINUTE],
  ]
  for (const [text, milliseconds] of READ) {
    test(`${text} is ${milliseconds} ms`, () => assert.equal(parseDuration(text), milliseconds))
  }

  const REFUSED = '|5|m|5 m| 5m|5m |5m\n|-5m|+5m|5.5m|5M|1e3s|5min|5w|1h30m|constructor|٥m|1234567890s'.split('|')
  for (const text of REFUSED) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseDuration(text), undefined))
  }

  const FORMATTED: readonly [milliseconds: number, text: string][] = [
    [0, '0ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1001, '1001ms'],
    [90 * SECOND, '90s'],
    [HOUR, '1h'],
    [36 * HOUR, '36h'],
    [DAY, '1d'],
  ]
  for (const [milliseconds, text] of FORMATTED) {
    test(`${milliseconds} ms is written ${text}`, () => assert.equal(formatDuration(milliseconds), text))
  }

  test('what is written reads as it was', () => {
    const length = fc
      .tuple(fc.nat(9999), fc.constantFrom(1, SECOND, MINUTE, HOUR, DAY))
      .map(([count, unit]) => count * unit)
    fc.assert(fc.property(length, (duration) => assert.equal(parseDuration(formatDuration(duration)), duration)))
  })
})
