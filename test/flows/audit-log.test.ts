/** What the audit log says of whole sign-ons: who, which client, from where, in which flow; and that it is there after a stop. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { seals } from '../../src/audit/chain.ts'
import { fieldsOf, verifyChain } from '../../src/audit/verify.ts'
import { MINUTE } from '../../src/base/duration.ts'
import { deriveKey } from '../../src/keys/sealing.ts'
import { countersignInstallation, newClientSecret } from '../fixtures/countersign.ts'
import { aSealingKey } from '../fixtures/signing-keys.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD, type TestApp } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, formToken, testBrowser } from '../fixtures/test-browser.ts'
import { newSpaTokens, newTokens, postAsApp, postForm } from '../fixtures/test-client.ts'
import { signInAndConsent } from '../fixtures/test-pages.ts'

describe('the audit log of a sign-on', () => {
  const started = suiteApp()
  const recorded = async ({ deps, storage }: TestApp, after = 0) => {
    await deps.audit.flush()
    const events = await storage.auditEvents.page({ after, limit: 1000 })
    return events.map((event) => ({ ...event, ...fieldsOf(event) }) as Record<string, unknown> & typeof event)
  }
  const last = async () => (await recorded(started())).at(-1)?.number ?? 0

  test('one flow from the code to the theft; the client and the account are in each event', async () => {
    const { app, clock, storage } = started()
    const after = await last()
    const code = (await signInAndConsent(testBrowser(app))).searchParams.get('code') ?? ''
    const tokens = await newSpaTokens(app, code)
    const refresh = { grant_type: 'refresh_token', client_id: 'spa', refresh_token: tokens.refresh_token }
    await postForm(app, '/token', refresh)
    clock.advance(MINUTE)
    await postForm(app, '/token', refresh)
    const events = await recorded(started(), after)
    const alice = (await storage.accounts.findByUsername('alice'))?.id
    assert.deepEqual(
      events.map(({ kind, actor }) => `${kind} ${actor}`),
      [
        ...[`signed_in account:${alice}`, `consented account:${alice}`, `code_issued account:${alice}`],
        ...['tokens_issued client:spa', 'tokens_issued client:spa', 'grant_revoked client:spa'],
      ],
    )
    const flow = events[2]?.flowId
    assert.ok(flow)
    for (const event of events) {
      assert.deepEqual([event.accountId, event.flowId, event['address']], [alice, flow, '127.0.0.1'])
      assert.match(String(event['requestId']), /^[0-9a-z]{4}-[0-9a-z]{4}$/)
      if (event.kind !== 'signed_in') assert.equal(event.clientId, 'spa')
    }
    assert.equal(events.at(-1)?.['because'], 'refresh_token_reused')
  })

  test('a refused sign-in names the account that there is; what was typed otherwise is nowhere', async () => {
    const { app, storage } = started()
    const after = await last()
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start()
    for (const username of ['ALICE', 'alice@example.org', 'my-password-by-mistake'])
      await browser.post(`${path}/password`, { csrf, username, password: 'wrong' })
    const events = await recorded(started(), after)
    const alice = (await storage.accounts.findByUsername('alice'))?.id
    assert.deepEqual(
      events.map(({ kind, accountId, actor }) => [kind, accountId, actor]),
      [
        ['sign_in_refused', alice, 'anyone'],
        ['sign_in_refused', alice, 'anyone'],
        ['sign_in_refused', undefined, 'anyone'],
      ],
    )
    assert.doesNotMatch(JSON.stringify(events), /by-mistake|alice@/)
  })

  test('every end of a session: a sign-out of one of two accounts, everywhere; another account ends none', async () => {
    const { app, clock, storage } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    const first = browser.cookies.get('__Host-countersign-session')?.split('.')[0]
    const after = await last()
    clock.advance(MINUTE)
    const { path, csrf } = await browser.start(authorizeQuery({ prompt: 'login' }))
    await browser.post(`${path}/password`, { csrf, username: 'bob', password: PASSWORD })
    const second = browser.cookies.get('__Host-countersign-session')?.split('.')[0]
    await browser.post('/sign-out', { csrf: formToken(await browser.get('/sign-out')), answer: 'yes' })
    // In the database before the answer: nothing is flushed here.
    const written = await storage.auditEvents.page({ after, limit: 100 })
    const ends = written.map((event) => [event.kind, fieldsOf(event)['sessionId'], fieldsOf(event)['because']])
    assert.deepEqual(ends, [
      ['signed_in', second, undefined],
      ['signed_out', second, undefined],
    ])
    assert.equal(browser.cookies.get('__Host-countersign-session')?.split('.')[0], first)
    await browser.post('/sign-out-everywhere', {
      csrf: formToken(await browser.get('/'), '/sign-out-everywhere'),
    })
    assert.equal((await storage.auditEvents.newest({}, 1))[0]?.kind, 'signed_out_everywhere')
  })

  test('two processes add to one chain', async () => {
    const other = await started().another()
    try {
      for (const { app } of [started(), other, started(), other]) {
        const { refresh_token: token } = await newTokens(app)
        await postAsApp(app, '/revoke', { token })
      }
      await Promise.all([started().deps.audit.flush(), other.deps.audit.flush()])
      const by = seals(deriveKey(aSealingKey().bytes, 'audit'))
      const verdict = await verifyChain({ store: started().storage.auditEvents, seals: by })
      assert.deepEqual([verdict.broken, verdict.unprovenTo, verdict.unsealed], [undefined, undefined, 0])
    } finally {
      await other.close()
    }
  })
})

test('what waits is written at SIGTERM; commands beside it are in the same chain, by the operator', async () => {
  const secret = newClientSecret()
  const client = { client_id: 'report', client_secret: secret, grant_types: ['client_credentials'] }
  const installation = await countersignInstallation({ clients: [client], config: { audit: { tokens: true } } })
  try {
    const running = await installation.start()
    await installation.addAccounts({ username: 'alice', password: 'kettle river 42' })
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    const headers = { authorization: basicAuthorization('report', secret) }
    assert.equal((await fetch(`${running.origin}/token`, { method: 'POST', headers, body })).status, 200)
    assert.equal(await running.stop(), 0)
    await installation.run(['account', 'disable', 'alice'])
    const { stdout } = await installation.run(['audit', 'export'])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const told = events.filter(({ kind }) => kind !== 'key_made').map(({ kind, fields }) => `${kind} ${fields.actor}`)
    assert.match(
      told.join('\n'),
      /^accounts_imported operator:\S+\ntokens_issued client:report\naccount_disabled operator:\S+$/,
    )
    const verified = await installation.run(['audit', 'verify'])
    assert.deepEqual([verified.status, verified.stderr], [0, ''])
    assert.match(verified.stdout, new RegExp(`^${events.length} events, from 1 to ${events.length}: each is as it was`))
  } finally {
    await installation.remove()
  }
})
