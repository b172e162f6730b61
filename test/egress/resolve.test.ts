import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveByDns } from '../../src/egress/resolve.ts'

const never = new AbortController().signal

test('a host that the operator named may be one that only this machine knows', async () => {
  assert.ok((await resolveByDns('localhost', { isTrusted: true, signal: never })).includes('127.0.0.1'))
})

test('a stranger’s name is given up when the time is over, or fails before', async () => {
  const signal = AbortSignal.timeout(50)
  await assert.rejects(resolveByDns('countersign.invalid', { isTrusted: false, signal }))
})
