import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRoom } from '../../src/base/make-room.ts'

test('a map with room keeps everything', () => {
  const map = new Map([['first', 1]])
  makeRoom(map, 2)
  assert.deepEqual([...map.keys()], ['first'])
})

test('a full map loses the entry that was set first, and no other', () => {
  const map = new Map([
    ['first', 1],
    ['second', 2],
  ])
  makeRoom(map, 2)
  assert.deepEqual([...map.keys()], ['second'])
})
