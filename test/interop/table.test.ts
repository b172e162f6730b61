import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exitStatus, type Outcome, table } from './table.ts'
import { inOrder } from './visit.ts'

const said = (text: string) => async (): Promise<string> => text
const good: Outcome = {
  sights: await inOrder('1.0', {
    'sign in': said('sub abc'),
    userinfo: said('Alice'),
    refresh: said('new'),
    'sign out': said('over'),
  }),
}
const bad: Outcome = {
  sights: await inOrder('2.0 beta', {
    'sign in': said('sub a'),
    userinfo: async () => {
      throw new Error('no sub\nand more')
    },
    refresh: said('never reached'),
    'sign out': said('never reached'),
  }),
}
const absent: Outcome = { notRun: 'no Go on this machine' }

test('a line for each client: what it saw, where it failed, or why it was not run', () => {
  const lines = table(new Map(Object.entries({ good, bad, absent }))).split('\n')
  assert.deepEqual(lines, [
    'client  version   sign in  userinfo  refresh  sign out',
    'good    1.0       sub abc  Alice     new      over',
    'bad     2.0 beta  sub a    FAILED at userinfo: no sub',
    'absent  -         not run: no Go on this machine',
  ])
})

test('exit status 1 when a client failed; when one was not run, only if nothing may be left out', () => {
  assert.equal(exitStatus([good], true), 0)
  assert.equal(exitStatus([good, bad], false), 1)
  assert.equal(exitStatus([good, absent], false), 0)
  assert.equal(exitStatus([good, absent], true), 1)
})
