import assert from 'node:assert/strict'
import { test } from 'node:test'
import { turnstile, turnstiles } from '../../src/egress/turnstile.ts'

const never = new AbortController().signal

test('so many are inside at once, and the next one goes in when one leaves', async () => {
  const enter = turnstile(2)
  const leaveFirst = await enter(never)
  const leaveSecond = await enter(never)
  let isThirdIn = false
  const third = enter(never).then((leave) => {
    isThirdIn = true
    return leave
  })
  await new Promise(setImmediate)
  assert.equal(isThirdIn, false)
  leaveFirst()
  const leaveThird = await third
  leaveSecond()
  leaveThird()
  await Promise.all([enter(never), enter(never)])
})

test('whoever gives up while waiting takes nobody’s turn', async () => {
  const enter = turnstile(1)
  const leave = await enter(never)
  const impatient = new AbortController()
  const gaveUp = assert.rejects(enter(impatient.signal), /enough/)
  const patient = enter(never)
  impatient.abort(new Error('enough'))
  await gaveUp
  leave()
  ;(await patient)()
  await enter(never)
})

test('who comes too late does not get in', async () => {
  const enter = turnstile(1)
  await assert.rejects(enter(AbortSignal.abort(new Error('late'))), /late/)
  await enter(never)
})

test('a crowd at one name is in nobody’s way at another', async () => {
  const enter = turnstiles(1)
  const leave = await enter('slow', never)
  const impatient = new AbortController()
  const gaveUp = assert.rejects(enter('slow', impatient.signal), /enough/)
  const patient = enter('slow', never)
  ;(await enter('other', never))()
  impatient.abort(new Error('enough'))
  await gaveUp
  leave()
  ;(await patient)()
  ;(await enter('slow', never))()
})
