import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counted } from '../../src/base/counted.ts'
import { countsOf } from '../../src/cli/backup.ts'

test('one of a thing is named in the singular', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'session')),
    ['0 sessions', '1 session', '2 sessions'],
  )
  assert.equal(counted(1, 'entry', 'entries'), '1 entry')
  assert.equal(counted(3, 'entry', 'entries'), '3 entries')
})

test('so are rows of a backup, whatever their table is called', () => {
  const rows = { accounts: 1, config_entries: 1, jwks_fetches: 1, client_uses: 1, grants: 2 }
  assert.equal(countsOf(rows), '1 account, 1 config entry, 1 jwks fetch, 1 client use, 2 grants')
})
