/** countersign audit. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BEGINNING, canonicalJson, type Entry, link, seals } from '../../src/audit/chain.ts'
import { HOUR } from '../../src/base/duration.ts'
import { auditCommand } from '../../src/cli/audit.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { deriveKey } from '../../src/keys/sealing.ts'
import type { AuditFilter } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount, memoryAccounts } from '../fixtures/memory-accounts.ts'
import { memoryAuditEvents } from '../fixtures/memory-audit-events.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

const KEY = Buffer.alloc(32, 5)
const SEALS = seals(deriveKey(KEY, 'audit'))

const ENTRIES: readonly Entry[] = [
  {
    ...{ at: START, kind: 'sign_in_refused' },
    fields: { actor: 'anyone', reason: 'wrong_credentials', address: '203.0.113.7', userAgent: '=cmd|"x"\u001b[2J' },
  },
  {
    ...{ at: START + 1000, kind: 'consented' },
    fields: {
      ...{ actor: 'account:sub-of-anna', accountId: 'sub-of-anna', clientId: 'wiki', requestId: 'abcd-efgh' },
      ...{ scopes: ['openid', 'email'], flowId: 'flow' },
    },
  },
  { at: START + 2000, kind: 'key_revoked', fields: { actor: 'operator:root', kid: 'k\u001b[2J' } },
]

function anInstallation({ value = KEY.toString('base64url') } = {}) {
  const store = memoryAuditEvents()
  const asked: AuditFilter[] = []
  const auditEvents = {
    ...store,
    newest: async (filter: AuditFilter, limit: number) => {
      asked.push(filter)
      return store.newest(filter, limit)
    },
  }
  const { accounts } = memoryAccounts([anAccount()])
  let closed = 0
  const config = { keys: { sealingKey: { kind: 'value', value } }, audit: {} }
  const opened = { config, storage: { accounts, auditEvents }, close: async () => void closed++ }
  const command = auditCommand(async () => opened as never)
  const run = async (...args: string[]) => {
    const terminal = fakeTerminal()
    const before = closed
    const status = await command.run(args, terminal).finally(() => assert.equal(closed, before + 1, 'closed'))
    return { status, out: terminal.out() }
  }
  const fill = async () => {
    await store.append(link(ENTRIES, BEGINNING, SEALS), BEGINNING)
  }
  return { run, fill, store, asked, command }
}

describe('audit list', () => {
  test('what happened, newest last, with names for those who are still there', async () => {
    const { run, fill } = anInstallation()
    assert.deepEqual(await run('list'), { status: 0, out: 'There is no such event.\n' })
    await fill()
    const { out } = await run('list')
    const [headings, ...rows] = out.trimEnd().split('\n')
    assert.match(headings ?? '', /^NUMBER +TIME +EVENT +BY +ACCOUNT +CLIENT +FROM +REQUEST +MORE$/)
    assert.match(
      rows[0] ?? '',
      /^1 +2026-01-15T12:00:00Z +sign_in_refused +anyone +- +- +203.0.113.7 +- +reason=wrong_/,
    )
    assert.match(rows[1] ?? '', /^2 +\S+ +consented +Anna +Anna +wiki +- +abcd-efgh +scopes=openid,email$/)
    assert.match(rows[2] ?? '', /^3 +\S+ +key_revoked +operator:root +- +- +- +- +kid=k\uFFFD\[2J$/)
  })

  test('less of it: by time, account, client, kind and flow', async () => {
    const { run, fill, asked } = anInstallation()
    await fill()
    await run('list', '--since', '1h', '--until', '2026-01-16', '--account', 'ANNA', '--client', 'wiki')
    await run('list', '--flow', 'flow', '--kind', 'consented,signed_in', '--limit', '1')
    await run('list', '--account', 'sub-of-anna')
    const wanted = asked.filter((_, i) => i !== 2)
    const until = Date.UTC(2026, 0, 16)
    const none = { since: undefined, until: undefined, accountId: undefined, clientId: undefined, flowId: undefined }
    assert.deepEqual(wanted, [
      { ...none, since: START - HOUR, until, accountId: 'sub-of-anna', clientId: 'wiki', kinds: undefined },
      { ...none, flowId: 'flow', kinds: ['consented', 'signed_in'] },
      { ...none, accountId: 'sub-of-anna', kinds: undefined },
    ])
  })

  test('--json', async () => {
    const { run, fill } = anInstallation()
    await fill()
    const [event] = JSON.parse((await run('list', '--limit', '1', '--json')).out)
    assert.deepEqual([event.number, event.kind, event.fields.kid], [3, 'key_revoked', 'k\u001b[2J'])
  })

  test('wrong usage is told before anything is opened', async () => {
    for (const args of [
      ...[[], ['show'], ['list', '--since', 'yesterday'], ['list', '--since', '5'], ['list', '--limit', '0']],
      ...[
        ['export', '--limit', '3'],
        ['export', '--format', 'xml'],
        ['verify', '--from', 'x'],
        ['list', 'more'],
      ],
    ]) {
      await assert.rejects(anInstallation().command.run(args, fakeTerminal()), UsageError, args.join(' '))
    }
    await assert.rejects(anInstallation().run('list', '--kind', 'nothing'), UsageError)
    await assert.rejects(anInstallation().run('list', '--account', 'nobody'), CommandError)
  })
})

describe('audit export', () => {
  test('a line of JSON for each event, from which its hash can be made', async () => {
    const { run, fill } = anInstallation()
    await fill()
    const events = (await run('export')).out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      events.map(({ number }) => number),
      [1, 2, 3],
    )
    assert.equal(events[2].previous, events[1].hash)
    assert.equal(events[0].time, '2026-01-15T12:00:00.000Z')
    assert.equal(canonicalJson(events[1].fields), canonicalJson(ENTRIES[1]?.fields))
  })

  test('CSV: quoted where it must be, and no formula for a spreadsheet', async () => {
    const { run, fill } = anInstallation()
    await fill()
    const [headings, first] = (await run('export', '--format', 'csv')).out.split('\r\n')
    assert.match(
      headings ?? '',
      /^number,time,kind,actor,account_id,client_id,flow_id,address,request_id,user_agent,more,/,
    )
    assert.match(first ?? '', /^1,2026-01-15T12:00:00.000Z,sign_in_refused,anyone,,,,203.0.113.7,,"'=cmd\|""x""/)
  })
})

describe('audit verify', () => {
  test('says that all is well, and what to keep', async () => {
    const { run, fill, store } = anInstallation()
    assert.deepEqual(await run('verify'), { status: 0, out: 'There are no events yet.\n' })
    await fill()
    const { status, out } = await run('verify')
    assert.equal(status, 0)
    const head = `3:${store.events[2]?.hash}`
    assert.ok(out.startsWith('3 events, from 1 to 3: each is as it was written.\n'), out)
    assert.ok(out.includes(`Head: ${head}\n`), out)
    assert.equal((await run('verify', '--head', head)).status, 0)
    const other = await run('verify', '--head', '3:AAAA')
    assert.equal(other.status, 1)
    assert.match(other.out, /BROKEN: the head that was named is no event of this chain/)
  })

  test('says where it is broken first; exit status 1', async () => {
    const { run, fill, store } = anInstallation()
    await fill()
    store.events.splice(1, 1)
    const { status, out } = await run('verify')
    assert.equal(status, 1)
    assert.match(out, /BROKEN: event 2 is missing: it was deleted\./)
    const json = JSON.parse((await run('verify', '--json')).out)
    assert.deepEqual([json.ok, json.broken.kind, json.broken.number], [false, 'missing', 2])
  })

  test('says what it could not prove', async () => {
    const { run, fill } = anInstallation({ value: Buffer.alloc(32, 6).toString('base64url') })
    await fill()
    const { status, out } = await run('verify')
    assert.equal(status, 1)
    assert.match(out, /UNPROVEN: up to event 3 another sealing key was used[\s\S]*--from 4/)
    const broken = anInstallation({ value: 'x' })
    await broken.fill()
    assert.match((await broken.run('verify')).out, /UNPROVEN: there is no sealing key here/)
  })
})
