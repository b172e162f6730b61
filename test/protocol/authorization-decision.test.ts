import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MINUTE, SECOND } from '../../src/base/duration.ts'
import {
  type AuthorizationFacts,
  decideAuthorization,
  type StepDue,
} from '../../src/protocol/authorization-decision.ts'
import type { AuthorizationRequest } from '../../src/protocol/authorization-request.ts'
import type { Client } from '../../src/protocol/client.ts'
import { parsePrompt } from '../../src/protocol/prompt.ts'
import { shownHash } from '../../src/protocol/shown-hash.ts'
import { aClient } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'
import { aConsent, anAccount, anInteraction, aSession } from '../fixtures/records.ts'

const NOW = START
/** When somebody was first asked something, in the rows that have an interaction. */
const ASKED_AT = NOW - 5 * MINUTE

const SESSIONS: Readonly<Record<string, number | undefined>> = {
  none: undefined,
  stale: NOW - 16 * MINUTE,
  old: NOW - 10 * MINUTE,
  just_before: ASKED_AT - 1,
  just_at: ASKED_AT,
  fresh: NOW - MINUTE,
  now: NOW,
  ahead: NOW + 10 * MINUTE,
}
const CONSENTS: Readonly<Record<string, AuthorizationFacts['consent']>> = {
  none: undefined,
  fewer: aConsent({ scopes: ['openid'] }),
  covers: aConsent({ scopes: ['email', 'profile', 'openid'] }),
  just_before: aConsent({ scopes: ['openid', 'profile'], consentedAt: ASKED_AT - 1 }),
  just_at: aConsent({ scopes: ['openid', 'profile'], consentedAt: ASKED_AT }),
  given: aConsent({ scopes: ['openid', 'profile'], consentedAt: NOW - MINUTE }),
  given_fewer: aConsent({ scopes: ['openid'], consentedAt: NOW - MINUTE }),
  ahead: aConsent({ scopes: ['openid', 'profile'], consentedAt: NOW + 10 * MINUTE }),
}
const INTERACTIONS: Readonly<Record<string, AuthorizationFacts['interaction']>> = {
  no: undefined,
  yes: anInteraction({ createdAt: ASKED_AT }),
  early: anInteraction({ createdAt: NOW - 55 * MINUTE }),
  chose_her: anInteraction({ createdAt: ASKED_AT, selectedAccountId: 'sub-of-anna' }),
  chose_other: anInteraction({ createdAt: ASKED_AT, selectedAccountId: 'sub-of-ben' }),
}

/** prompt, session, max_age in seconds, consent, party, asked before, outcome */
const TABLE = `
-- [OpenID Connect Core 3.1.2.3] single sign-on
-                      none         -    none         first  no           sign_in
-                      none         -    covers       first  no           sign_in
-                      none         -    none         third  yes          sign_in
-                      old          -    none         first  no           grant
-                      old          -    none         first  yes          grant
-                      fresh        -    none         first  yes          grant
-- [Initiating User Registration 4.1] a new account is wanted, whoever is signed in; who signed in for this request goes on
create                 none         -    none         first  no           sign_in
create                 old          -    none         first  no           sign_in
create                 just_before  -    none         first  yes          sign_in
create                 fresh        -    none         first  yes          grant
-- [OpenID Connect Core 3.1.2.1] max_age
-                      old          600  none         first  no           grant
-                      old          599  none         first  no           sign_in_again
-                      old          601  none         first  no           grant
-                      old          60   none         first  yes          sign_in_again
-                      just_before  60   none         first  yes          sign_in_again
-                      just_at      60   none         first  yes          grant
-                      fresh        60   none         first  yes          grant
-                      fresh        59   none         first  no           sign_in_again
-                      old          0    none         first  no           sign_in_again
-                      fresh        0    none         first  no           sign_in_again
-                      fresh        0    none         first  yes          grant
-                      none         0    none         first  yes          sign_in
-- [OpenID Connect Core 3.1.2.1] a sign-in for this request counts for five minutes, however small max_age is
-                      just_at      0    none         first  early        grant
-                      just_before  0    none         first  early        sign_in_again
-                      old          60   none         first  early        sign_in_again
-                      old          600  none         first  early        grant
login                  old          -    none         first  early        grant
login                  old          60   none         first  early        sign_in_again
-- the clock went back: what lies ahead is no answer to this request, and makes nobody too old
-                      ahead        60   none         first  no           grant
login                  ahead        -    none         first  yes          sign_in_again
select_account         ahead        -    none         first  yes          select_account
consent                old          -    ahead        third  yes          consent
-                      old          -    ahead        third  yes          grant
-- [OpenID Connect Core 3.1.2.1] prompt=login is satisfied only by a sign-in after the interaction began
login                  none         -    none         first  no           sign_in
login                  none         -    none         first  yes          sign_in
login                  old          -    none         first  no           sign_in_again
login                  fresh        -    none         first  no           sign_in_again
login                  old          -    none         first  yes          sign_in_again
login                  just_before  -    none         first  yes          sign_in_again
login                  just_at      -    none         first  yes          grant
login                  fresh        -    none         first  yes          grant
login                  now          -    none         first  yes          grant
login                  old          3600 covers       third  chose_her    sign_in_again
login                  fresh        -    none         third  yes          consent
-- [OpenID Connect Core 3.1.2.1] prompt=select_account
select_account         none         -    none         first  no           sign_in
select_account         old          -    none         first  no           select_account
select_account         old          -    none         first  yes          select_account
select_account         old          -    none         first  chose_other  select_account
select_account         old          -    none         first  chose_her    grant
select_account         fresh        -    none         first  yes          grant
select_account         fresh        -    none         first  no           select_account
select_account         old          60   none         first  chose_her    sign_in_again
select_account         old          -    none         third  chose_her    consent
login,select_account   old          -    none         first  chose_her    sign_in_again
login,select_account   fresh        -    none         first  yes          grant
-- [OpenID Connect Core 3.1.2.4] consent
-                      old          -    none         third  no           consent:openid,profile
-                      old          -    fewer        third  no           consent:profile
-                      old          -    covers       third  no           grant
-                      old          -    given        third  yes          grant
-                      old          -    given_fewer  third  yes          consent:profile
-                      old          -    none         first  no           grant
-                      old          -    fewer        first  no           grant
-- [OpenID Connect Core 3.1.2.1] prompt=consent asks again, also for a first-party client
consent                none         -    none         third  no           sign_in
consent                old          -    none         third  no           consent:openid,profile
consent                old          -    covers       third  no           consent
consent                old          -    covers       third  yes          consent
consent                old          -    just_before  third  yes          consent
consent                old          -    just_at      third  yes          grant
consent                old          -    given        third  yes          grant
consent                old          -    given        third  no           consent
consent                old          -    given_fewer  third  yes          consent:profile
consent                old          -    none         first  no           consent:openid,profile
consent                old          -    covers       first  yes          consent
consent                old          -    given        first  yes          grant
consent                old          -    given_fewer  first  yes          consent:profile
login,consent          fresh        -    covers       first  yes          consent
login,consent          fresh        -    given        first  yes          grant
login,consent          old          -    given        first  yes          sign_in_again
select_account,consent old          -    given        first  yes          select_account
-- [OpenID Connect Core 3.1.2.6] prompt=none: each question becomes the error that names it
none                   none         -    none         first  no           login_required
none                   old          60   none         first  no           login_required
none                   old          0    none         first  no           login_required
none                   old          600  none         first  no           grant
none                   old          -    none         third  no           consent_required
none                   old          -    fewer        third  no           consent_required
none                   old          -    covers       third  no           grant
none                   old          -    none         first  no           grant
none                   none         -    covers       third  no           login_required
`

interface Row {
  readonly prompt: string
  readonly session: string
  readonly maxAge: string
  readonly consent: string
  readonly party: string
  readonly asked: string
}

const NO_ROW: Row = { prompt: '-', session: 'old', maxAge: '-', consent: 'none', party: 'first', asked: 'no' }

function requestOf({ prompt, maxAge }: Row): AuthorizationRequest {
  return {
    scopes: ['openid', 'profile'],
    responseType: 'code',
    resources: undefined,
    nonce: undefined,
    codeChallenge: undefined,
    prompts: parsePrompt(prompt === '-' ? undefined : prompt.replaceAll(',', ' '), { hasSignUp: true }),
    maxAge: maxAge === '-' ? undefined : Number(maxAge) * SECOND,
    loginHint: undefined,
    idTokenHint: undefined,
    claims: undefined,
    subjects: undefined,
    acrValues: [],
    requiredAcrs: undefined,
    uiLocales: [],
  }
}

function known<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  assert.ok(Object.hasOwn(table, name), `no such thing in the table: ${name}`)
  return table[name]
}

function factsOf({ session, consent, party, asked }: Row): AuthorizationFacts {
  const authenticatedAt = known(SESSIONS, session)
  return {
    client: aClient({ isFirstParty: party === 'first' }),
    signedIn:
      authenticatedAt === undefined ? undefined : { session: aSession({ authenticatedAt }), account: anAccount() },
    consent: known(CONSENTS, consent),
    subject: authenticatedAt === undefined ? undefined : anAccount().id,
    hintedSubject: undefined,
    due: 'nothing',
    isOneOfSeveral: false,
    isAnotherHinted: false,
    interaction: known(INTERACTIONS, asked),
  }
}

function decide(row: Row): string {
  const facts = factsOf(row)
  const outcome = decideAuthorization(requestOf(row), facts, NOW)
  switch (outcome.kind) {
    case 'sign_in':
      assert.equal(outcome.again, row.prompt === 'create' ? undefined : facts.signedIn?.account)
      return outcome.again ? 'sign_in_again' : 'sign_in'
    case 'second_factor':
    case 'passkey':
    case 'enrol':
    case 'enrol_passkey':
      return outcome.kind
    case 'select_account':
      assert.equal(outcome.account, facts.signedIn?.account)
      return 'select_account'
    case 'consent':
      assert.deepEqual([outcome.account, outcome.session], [facts.signedIn?.account, facts.signedIn?.session])
      return `consent:${outcome.newScopes.join(',')}`
    case 'refuse':
      return outcome.error.code
    case 'grant':
      assert.deepEqual([outcome.account, outcome.session], [facts.signedIn?.account, facts.signedIn?.session])
      return 'grant'
  }
}

describe('what an authorization request needs next', () => {
  let rule = ''
  for (const line of TABLE.trim().split('\n')) {
    if (line.startsWith('-- ')) {
      rule = line.slice(3)
      continue
    }
    const [prompt = '', session = '', maxAge = '', consent = '', party = '', asked = '', expected = ''] =
      line.split(/ +/)
    const row: Row = { prompt, session, maxAge, consent, party, asked }
    test(`${rule}: ${line.replaceAll(/ +/g, ' ')}`, () => {
      const decided = decide(row)
      assert.equal(expected === 'consent' ? decided.split(':')[0] : decided, expected)
    })
  }

  test('prompt=none never asks anything, and asks for an account by its own error', () => {
    // The parser lets none stand alone; the decision holds for whatever it is given.
    const request = {
      ...requestOf({ ...NO_ROW, prompt: 'none' }),
      prompts: new Set(['none', 'select_account'] as const),
    }
    const outcome = decideAuthorization(request, factsOf(NO_ROW), NOW)
    assert.equal(outcome.kind === 'refuse' && outcome.error.code, 'account_selection_required')
  })

  describe('of several accounts', () => {
    const outcomeOf = (row: Partial<Row>, facts: Partial<AuthorizationFacts>) => {
      const made = { ...NO_ROW, ...row }
      return decideAuthorization(requestOf(made), { ...factsOf(made), ...facts }, NOW)
    }
    const several = { isOneOfSeveral: true }

    test('prompt=select_account asks which one before it asks for the password of one', () => {
      const stale: readonly Partial<Row>[] = [
        { prompt: 'select_account,login' },
        { prompt: 'select_account', maxAge: '599' },
      ]
      for (const row of stale) {
        assert.equal(outcomeOf(row, several).kind, 'select_account')
        assert.equal(outcomeOf(row, {}).kind, 'sign_in')
        assert.equal(outcomeOf({ ...row, asked: 'chose_her' }, several).kind, 'sign_in')
        assert.equal(outcomeOf({ ...row, asked: 'yes', session: 'fresh' }, several).kind, 'grant')
      }
    })

    test('but not where somebody else is meant', () => {
      const outcome = outcomeOf({ prompt: 'select_account' }, { ...several, hintedSubject: 'sub-of-ben' })
      assert.deepEqual(outcome, { kind: 'sign_in', again: undefined })
    })

    test('[OpenID Connect Core 3.1.2.1] prompt=login with the login_hint of another asks for them, not for who is here', () => {
      const again = (facts: Partial<AuthorizationFacts>) => {
        const outcome = outcomeOf({ prompt: 'login' }, facts)
        return outcome.kind === 'sign_in' ? outcome.again?.username : outcome.kind
      }
      assert.equal(again({ isAnotherHinted: true }), undefined)
      assert.equal(again({}), 'Anna')
    })
  })

  describe('[OpenID Connect Core 3.1.2.2] never for another end-user than the one of the id_token_hint', () => {
    const HINTED: readonly [hinted: string, row: Partial<Row>, outcome: string][] = [
      ['sub-of-anna', {}, 'grant'],
      ['sub-of-anna', { prompt: 'none' }, 'grant'],
      ['sub-of-anna', { prompt: 'login' }, 'sign_in Anna'],
      ['sub-of-ben', {}, 'sign_in'],
      ['sub-of-ben', { asked: 'yes' }, 'sign_in'],
      ['sub-of-ben', { asked: 'chose_her', prompt: 'select_account' }, 'sign_in'],
      ['sub-of-ben', { prompt: 'none' }, 'login_required'],
      ['sub-of-ben', { party: 'third' }, 'sign_in'],
      ['sub-of-ben', { session: 'fresh', asked: 'yes' }, 'login_required'],
      ['sub-of-ben', { session: 'fresh', asked: 'yes', prompt: 'login' }, 'login_required'],
      ['sub-of-ben', { session: 'none' }, 'sign_in'],
      ['', {}, 'sign_in'],
    ]
    for (const [hintedSubject, overrides, expected] of HINTED) {
      test(`${hintedSubject || 'nobody'} ${JSON.stringify(overrides)}: ${expected}`, () => {
        const row = { ...NO_ROW, ...overrides }
        const outcome = decideAuthorization(requestOf(row), { ...factsOf(row), hintedSubject }, NOW)
        const again = outcome.kind === 'sign_in' && outcome.again ? ` ${outcome.again.username}` : ''
        assert.equal(outcome.kind === 'refuse' ? outcome.error.code : outcome.kind + again, expected)
      })
    }
  })

  describe('[OpenID Connect Core 3.1.2.2] [5.5.1] nor than one that the claims parameter names by its sub', () => {
    const NAMED: readonly [subjects: string[] | undefined, row: Partial<Row>, hinted: string | undefined, string][] = [
      [['sub-of-anna'], {}, undefined, 'grant'],
      [['sub-of-ben', 'sub-of-anna'], {}, undefined, 'grant'],
      [['sub-of-ben'], {}, undefined, 'sign_in'],
      [['sub-of-ben'], { prompt: 'none' }, undefined, 'login_required'],
      [['sub-of-ben'], { session: 'fresh', asked: 'yes' }, undefined, 'login_required'],
      [[], { prompt: 'none' }, undefined, 'login_required'],
      [['sub-of-anna'], { prompt: 'none' }, 'sub-of-anna', 'grant'],
      [['sub-of-anna'], { prompt: 'none' }, 'sub-of-ben', 'login_required'],
      [['sub-of-ben'], { prompt: 'none' }, 'sub-of-anna', 'login_required'],
    ]
    for (const [subjects, overrides, hintedSubject, expected] of NAMED) {
      test(`${subjects} ${JSON.stringify(overrides)} ${hintedSubject ?? ''}: ${expected}`, () => {
        const row = { ...NO_ROW, ...overrides }
        const outcome = decideAuthorization({ ...requestOf(row), subjects }, { ...factsOf(row), hintedSubject }, NOW)
        assert.equal(outcome.kind === 'refuse' ? outcome.error.code : outcome.kind, expected)
      })
    }
  })

  describe('[OpenID Connect Core 5.5.1.1] [Unmet Authentication Requirements 1] an essential acr', () => {
    const REQUIRED: readonly [acrs: string[] | undefined, row: Partial<Row>, due: StepDue, string][] = [
      [undefined, {}, 'nothing', 'grant'],
      [['aal1'], {}, 'nothing', 'grant'],
      [['loa9', 'aal1'], {}, 'nothing', 'grant'],
      // No sign-in here is one of these: nobody is asked anything.
      [['loa9'], {}, 'unmet', 'unmet_authentication_requirements'],
      [['loa9'], { session: 'none' }, 'nothing', 'unmet_authentication_requirements'],
      [['loa9'], { prompt: 'none' }, 'unmet', 'unmet_authentication_requirements'],
      [['aal1'], { session: 'none' }, 'nothing', 'sign_in'],
      [['aal2'], {}, 'unmet', 'unmet_authentication_requirements'],
      [['aal2'], {}, 'second_factor', 'second_factor Anna'],
      [['aal2'], { session: 'none' }, 'nothing', 'sign_in'],
      [['aal2'], { prompt: 'login' }, 'second_factor', 'sign_in Anna'],
      [['aal2'], { session: 'fresh', asked: 'yes', prompt: 'login' }, 'second_factor', 'second_factor Anna'],
      [['aal2'], { maxAge: '60' }, 'second_factor', 'sign_in Anna'],
      [['aal2'], { prompt: 'none' }, 'second_factor', 'login_required'],
      [['aal2'], { prompt: 'none', maxAge: '60' }, 'second_factor', 'login_required'],
      [['aal2'], { prompt: 'none' }, 'enrol', 'interaction_required'],
      [['aal2'], { prompt: 'none' }, 'unmet', 'unmet_authentication_requirements'],
      // Whatever else is still to be asked comes after it.
      [undefined, { party: 'third' }, 'second_factor', 'second_factor Anna'],
      // OWASP ASVS 7.5.1: not by a session of some time ago.
      [undefined, { party: 'third' }, 'enrol', 'enrol Anna'],
      [undefined, { session: 'stale' }, 'enrol', 'sign_in Anna'],
      [undefined, { session: 'stale', asked: 'yes' }, 'enrol', 'sign_in Anna'],
      [undefined, { session: 'ahead' }, 'enrol', 'sign_in Anna'],
      [undefined, { session: 'stale', prompt: 'none' }, 'enrol', 'interaction_required'],
      [undefined, { party: 'third', session: 'fresh', asked: 'yes' }, 'enrol', 'enrol Anna'],
      [undefined, { party: 'third' }, 'nothing', 'consent'],
      [undefined, { prompt: 'select_account' }, 'second_factor', 'select_account'],
      [undefined, { prompt: 'none', party: 'third' }, 'second_factor', 'login_required'],
    ]
    for (const [requiredAcrs, overrides, due, expected] of REQUIRED) {
      test(`${requiredAcrs} ${JSON.stringify(overrides)} ${due}: ${expected}`, () => {
        const row = { ...NO_ROW, ...overrides }
        const outcome = decideAuthorization({ ...requestOf(row), requiredAcrs }, { ...factsOf(row), due }, NOW)
        const names = outcome.kind === 'second_factor' || outcome.kind === 'enrol' ? outcome.account : undefined
        const who = outcome.kind === 'sign_in' ? outcome.again : names
        assert.equal(
          outcome.kind === 'refuse' ? outcome.error.code : outcome.kind + (who ? ` ${who.username}` : ''),
          expected,
        )
      })
    }
  })

  describe('[OpenID Connect Core 5.5] a claim that is asked for by itself has to be allowed', () => {
    const claims = { userinfo: ['email', 'name'], id_token: ['phone_number', 'email'] } as const
    const ASKED: readonly [AuthorizationFacts['consent'], party: string, prompt: string, expected: string][] = [
      [undefined, 'third', '-', 'consent:openid,profile:email,phone_number'],
      [aConsent(), 'third', '-', 'consent::email,phone_number'],
      [aConsent(), 'third', 'none', 'consent_required'],
      [aConsent({ claims: ['email'] }), 'third', '-', 'consent::phone_number'],
      [aConsent({ claims: ['email', 'phone_number'] }), 'third', '-', 'grant'],
      [aConsent({ claims: ['email', 'phone_number'] }), 'third', 'none', 'grant'],
      [aConsent({ scopes: ['openid', 'profile', 'email', 'phone'] }), 'third', '-', 'grant'],
      [undefined, 'first', '-', 'grant'],
      [undefined, 'first', 'none', 'grant'],
      [aConsent({ claims: ['email'], consentedAt: NOW }), 'first', 'consent', 'consent::phone_number'],
      [aConsent({ claims: ['email', 'phone_number'], consentedAt: NOW }), 'first', 'consent', 'grant'],
    ]
    for (const [consent, party, prompt, expected] of ASKED) {
      test(`${consent?.scopes}|${consent?.claims} ${party} ${prompt}: ${expected}`, () => {
        const row = { ...NO_ROW, party, prompt, asked: prompt === 'consent' ? 'yes' : 'no' }
        const outcome = decideAuthorization({ ...requestOf(row), claims }, { ...factsOf(row), consent }, NOW)
        const what = outcome.kind === 'consent' ? `:${outcome.newScopes}:${outcome.newClaims}` : ''
        assert.equal(outcome.kind === 'refuse' ? outcome.error.code : outcome.kind + what, expected)
      })
    }
  })

  describe('[RFC8707 3] an API has to be allowed, whatever its scopes are called', () => {
    const own = ['a', 'b']
    const all = aConsent({ resources: own })
    const ASKED: readonly [of: string[] | undefined, AuthorizationFacts['consent'], more: Partial<Row>, string][] = [
      [['a'], undefined, {}, 'consent:a'],
      [['a'], aConsent({ resources: ['a'] }), {}, 'grant'],
      [['b'], aConsent({ resources: ['a'] }), {}, 'consent:b'],
      [['b'], aConsent({ resources: ['a'] }), { prompt: 'none' }, 'consent_required'],
      [['b'], aConsent({ resources: ['a'] }), { party: 'first' }, 'grant'],
      [['named'], all, {}, 'consent:named'],
      [undefined, all, {}, 'grant'],
      [undefined, aConsent({ resources: ['a'] }), {}, 'consent:b'],
      // Whom userinfo is for, the scopes say.
      [['issuer'], aConsent({ resources: [] }), {}, 'grant'],
      // From before they were kept.
      [['a', 'b'], aConsent({ resources: undefined }), {}, 'grant'],
      [['named'], aConsent({ resources: undefined }), {}, 'consent:named'],
      [['b'], aConsent({ resources: ['a'], consentedAt: NOW }), { prompt: 'consent', asked: 'yes' }, 'consent:b'],
      [['b'], aConsent({ resources: ['b'], consentedAt: NOW }), { prompt: 'consent', asked: 'yes' }, 'grant'],
    ]
    for (const [resources, consent, more, expected] of ASKED) {
      test(`${resources} after ${consent?.resources} ${JSON.stringify(more)}: ${expected}`, () => {
        const row: Row = { ...NO_ROW, party: 'third', ...more }
        const { client, ...facts } = factsOf(row)
        const naming = { ...client, accessTokenAudience: own, namedAudience: ['named'] }
        const outcome = decideAuthorization(
          { ...requestOf(row), resources },
          { ...facts, client: naming, consent },
          NOW,
        )
        const what = outcome.kind === 'consent' ? `:${outcome.newResources}` : ''
        assert.equal(outcome.kind === 'refuse' ? outcome.error.code : outcome.kind + what, expected)
      })
    }
  })

  describe('[RFC7591 5] what was allowed to a client that nobody has checked holds for its name and places', () => {
    const client = aClient({ isFirstParty: false, source: 'registration' })
    const other = (metadata: Partial<Client['metadata']>): Client => ({
      ...client,
      metadata: { ...client.metadata, ...metadata },
    })
    const SHOWN: readonly [what: string, shown: string | undefined, of: Client, string][] = [
      ['the same', shownHash(client), client, 'grant'],
      ['another name', shownHash(client), other({ client_name: 'Other' }), 'consent'],
      ['other redirect URIs', shownHash(client), other({ redirect_uris: ['https://evil.example/'] }), 'consent'],
      ['what else it changes', shownHash(client), other({ require_auth_time: true }), 'grant'],
      ['nothing is known', undefined, client, 'consent'],
      ['a client of the configuration', undefined, { ...client, source: 'configuration' }, 'grant'],
    ]
    for (const [what, hash, of, expected] of SHOWN) {
      test(`${what}: ${expected}`, () => {
        const consent = aConsent({ shownHash: hash })
        const outcome = decideAuthorization(requestOf(NO_ROW), { ...factsOf(NO_ROW), client: of, consent }, NOW)
        assert.equal(outcome.kind, expected)
        if (outcome.kind === 'consent') assert.deepEqual(outcome.newScopes, ['openid', 'profile'])
      })
    }
  })

  test('the clock going back makes nobody sign in again', () => {
    assert.equal(
      decideAuthorization(requestOf({ ...NO_ROW, maxAge: '0' }), factsOf(NO_ROW), NOW - 20 * MINUTE).kind,
      'grant',
    )
  })

  test('every combination has an answer, and with prompt=none it is never a question', () => {
    for (const prompt of ['-', 'none', 'login', 'consent', 'select_account', 'login,consent'])
      for (const session of Object.keys(SESSIONS))
        for (const maxAge of ['-', '0', '300'])
          for (const consent of Object.keys(CONSENTS))
            for (const party of ['first', 'third'])
              for (const asked of Object.keys(INTERACTIONS)) {
                const decided = decide({ prompt, session, maxAge, consent, party, asked })
                if (prompt === 'none') assert.match(decided, /^grant$|_required$/)
                else assert.doesNotMatch(decided, /_required$/)
                if (session === 'none') assert.match(decided, /^sign_in$|^login_required$/)
              }
  })
})
