import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { DAY, HOUR, MINUTE } from '../../../src/base/duration.ts'
import type { Client } from '../../../src/protocol/client.ts'
import { authorizationCodeGrant } from '../../../src/protocol/grant-types/authorization-code.ts'
import type { TokenDecision } from '../../../src/protocol/grant-types/grant-type.ts'
import { OAuthError } from '../../../src/protocol/oauth-error.ts'
import type { GrantFacts } from '../../../src/protocol/records.ts'
import { NO_APIS } from '../../fixtures/api.ts'
import { aClient, aPublicClient } from '../../fixtures/client.ts'
import { START } from '../../fixtures/clock.ts'
import {
  aGrant,
  anAccount,
  aSession,
  CODE_SECRET,
  CODE_VERIFIER,
  GRANT_ID,
  OTHER_GRANT_ID,
  someFacts,
} from '../../fixtures/records.ts'
import { assertRefused, someParameters } from '../../fixtures/refusals.ts'

const CODE = `${GRANT_ID}.${CODE_SECRET}`
const CONTEXT = { refreshTokenKey: createSecretKey(Buffer.alloc(32)), refreshRetryWindow: 0, resources: NO_APIS }
const GOOD = { code: CODE, redirect_uri: 'https://app.example/callback', code_verifier: CODE_VERIFIER }

type Refusal = Extract<TokenDecision, { kind: 'refuse' }>

interface Redemption {
  readonly parameters?: Record<string, string | undefined>
  readonly client?: Client
  readonly facts?: GrantFacts | undefined
  readonly now?: number
}

function redeem({ parameters = {}, client = aClient(), now = START, ...rest }: Redemption = {}): TokenDecision {
  const asked = authorizationCodeGrant.parse(someParameters({ ...GOOD, ...parameters }), client, CONTEXT)
  try {
    return asked.decide('facts' in rest ? rest.facts : someFacts(), now)
  } catch (error) {
    if (error instanceof OAuthError) return { kind: 'refuse', error }
    throw error
  }
}

function refused(redemption: Redemption, words: RegExp): Refusal {
  const decision = redeem(redemption)
  assert.ok(decision.kind === 'refuse', 'it was redeemed')
  assert.equal(decision.error.code, 'invalid_grant')
  assert.match(decision.error.description, words)
  return decision
}

describe('redeeming a code', () => {
  test('[RFC6749 4.1.3] gives what was granted, and consumes the code', () => {
    const facts = someFacts()
    assert.deepEqual(redeem({ facts }), {
      kind: 'issue',
      change: { kind: 'consume_code', grantId: GRANT_ID, refreshExpiresAt: START + 24 * HOUR },
      issue: {
        scopes: ['openid', 'profile', 'email'],
        subject: { grant: facts.grant, account: facts.account },
        refreshGeneration: 1,
        idToken: 'first',
      },
    })
  })

  test('[RFC6749 5.1] gives no refresh token to a client without that grant type', () => {
    const decision = redeem({ client: aClient({ metadata: { grant_types: ['authorization_code'] } }) })
    assert.deepEqual(decision.kind === 'issue' && decision.change, {
      kind: 'consume_code',
      grantId: GRANT_ID,
      refreshExpiresAt: undefined,
    })
    assert.equal(decision.kind === 'issue' && decision.issue.refreshGeneration, undefined)
  })

  test('[OpenID Connect Core 3.1.2.1] gives no ID token without openid', () => {
    const decision = redeem({ facts: someFacts({ grant: aGrant({ scopes: ['api', 'xopenid'] }) }) })
    assert.equal(decision.kind === 'issue' && decision.issue.idToken, undefined)
  })

  test('the refresh token ends with its family, whatever its own lifetime', () => {
    const lifetimes = { ...aClient().lifetimes, refreshToken: 30 * DAY, refreshTokenAbsolute: 30 * DAY }
    const decision = redeem({ client: aClient({ lifetimes }), now: START + MINUTE - 1 })
    assert.deepEqual(decision.kind === 'issue' && decision.change, {
      kind: 'consume_code',
      grantId: GRANT_ID,
      refreshExpiresAt: START + 30 * DAY,
    })
  })

  test('a code lives to its last millisecond', () => {
    assert.equal(redeem({ now: START + MINUTE - 1 }).kind, 'issue')
    refused({ now: START + MINUTE }, /expired/)
  })
})

describe('[RFC6749 4.1.3] of all that can be wrong with a code, nothing may be', () => {
  const YES_NO = [false, true]
  for (const isOtherClient of YES_NO)
    for (const isOtherUri of YES_NO)
      for (const isExpired of YES_NO)
        for (const isWrongVerifier of YES_NO)
          for (const isUsed of YES_NO) {
            const faults = { isOtherClient, isOtherUri, isExpired, isWrongVerifier, isUsed }
            const wrong = Object.entries(faults).flatMap(([name, is]) => (is ? [name] : []))
            const decided = () =>
              redeem({
                client: isOtherClient ? aClient({ id: 'other' }) : aClient(),
                parameters: {
                  ...(isOtherUri && { redirect_uri: 'https://app.example/callback2' }),
                  ...(isWrongVerifier && { code_verifier: CODE_VERIFIER.replace('d', 'e') }),
                },
                now: isExpired ? START + MINUTE : START,
                facts: someFacts({ grant: aGrant({ codeConsumedAt: isUsed ? START - 1 : undefined }) }),
              })
            test(`${wrong.join(', ') || 'nothing is wrong'}: ${wrong.length === 0 ? 'tokens' : 'invalid_grant'}`, () => {
              const decision = decided()
              if (wrong.length === 0) return assert.equal(decision.kind, 'issue')
              assert.ok(decision.kind === 'refuse')
              assert.equal(decision.error.code, 'invalid_grant')
              // RFC 6749 §4.1.2: whoever brings a used code, everything that came of it goes.
              const revoked = isUsed ? { grantId: GRANT_ID, because: 'code_reused' } : undefined
              assert.deepEqual(decision.revoke, revoked)
            })
          }
})

describe('a code that is not known', () => {
  const UNKNOWN: readonly [what: string, redemption: Redemption][] = [
    ['of no grant', { facts: undefined }],
    ['with another secret', { parameters: { code: `${GRANT_ID}.x${CODE_SECRET.slice(1)}` } }],
    ['with no secret', { parameters: { code: `${GRANT_ID}.` } }],
    ['with the hash instead of the secret', { parameters: { code: `${GRANT_ID}.${aGrant().codeHash}` } }],
    ['that is malformed', { parameters: { code: 'x' } }],
    ['that has more behind it', { parameters: { code: `${CODE}.x` } }],
  ]
  for (const [what, redemption] of UNKNOWN) {
    test(`[RFC6749 5.2] ${what}`, () => {
      refused(redemption, /not known/)
    })
  }

  test('revokes nothing, even when the grant’s code was used: nobody can end a grant by its id', () => {
    const facts = someFacts({ grant: aGrant({ codeConsumedAt: START }) })
    assert.equal(refused({ facts, parameters: { code: `${GRANT_ID}.guess` } }, /not known/).revoke, undefined)
  })

  test('asks for no facts when it is malformed', () => {
    const grantIdOf = (code: string) =>
      authorizationCodeGrant.parse(someParameters({ ...GOOD, code }), aClient(), CONTEXT).grantId
    assert.equal(grantIdOf(CODE), GRANT_ID)
    assert.equal(grantIdOf(`${OTHER_GRANT_ID}.x`), OTHER_GRANT_ID)
    assert.equal(grantIdOf('x.y'), undefined)
  })
})

describe('a code whose grant is over', () => {
  const OVER: readonly [what: string, facts: GrantFacts][] = [
    ['the account was disabled', someFacts({ account: anAccount({ disabledAt: START }) })],
    ['the account was removed', someFacts({ account: undefined })],
    ['the session ended', someFacts({ session: aSession({ endedAt: START }) })],
    ['the session expired', someFacts({ session: aSession({ expiresAt: START }) })],
    ['the session was swept away', someFacts({ session: undefined })],
    ['it was revoked', someFacts({ grant: aGrant({ revokedAt: START, revokedBecause: 'account_changed' }) })],
    ['it is past its absolute end', someFacts({ grant: aGrant({ expiresAt: START }) })],
  ]
  for (const [what, facts] of OVER) {
    test(what, () => {
      const { revoke } = refused({ facts }, /signed out or the grant was revoked/)
      assert.deepEqual(revoke, { grantId: GRANT_ID, because: 'code_after_end' })
    })
  }

  test('also with offline_access: a code that was on its way must not outlive the session', () => {
    const grant = aGrant({ scopes: ['openid', 'offline_access'] })
    assert.equal(redeem({ facts: someFacts({ grant }) }).kind, 'issue')
    for (const session of [aSession({ endedAt: START }), aSession({ expiresAt: START }), undefined]) {
      refused({ facts: someFacts({ grant, session }) }, /signed out/)
    }
    refused({ facts: someFacts({ grant, account: anAccount({ disabledAt: START }) }) }, /signed out/)
  })

  test('a used code of a revoked grant still says so', () => {
    const grant = aGrant({ codeConsumedAt: START, revokedAt: START, revokedBecause: 'code_reused' })
    assert.equal(refused({ facts: someFacts({ grant }) }, /already used/).revoke?.because, 'code_reused')
  })
})

describe('PKCE at the token endpoint', () => {
  const WITHOUT = someFacts({ grant: aGrant({ codeChallenge: undefined }) })
  const none = { code_verifier: undefined }

  test('[RFC7636 4.5] a missing verifier is refused', () => {
    refused({ parameters: none }, /is missing/)
  })
  test('[RFC7636 4.1] a malformed one is refused', () => {
    refused({ parameters: { code_verifier: 'short' } }, /malformed/)
  })
  test('[RFC9700 4.8.2] one without a challenge is refused', () => {
    refused({ facts: WITHOUT }, /without a code_chall/)
  })
  test('none is needed where PKCE was waived', () => {
    assert.equal(redeem({ facts: WITHOUT, parameters: none }).kind, 'issue')
  })
  test('of a public client', () => {
    const client = aPublicClient({ id: 'app', metadata: { redirect_uris: [GOOD.redirect_uri] } })
    assert.equal(redeem({ client }).kind, 'issue')
    refused({ client, parameters: none }, /is missing/)
  })
})

describe('the parameters', () => {
  for (const name of ['code', 'redirect_uri']) {
    test(`[RFC6749 4.1.3] ${name} is required`, () => {
      for (const value of [undefined, '']) {
        assertRefused(
          () => redeem({ parameters: { [name]: value } }),
          'invalid_request',
          new RegExp(`${name} is missing`),
        )
      }
    })
  }
  test('[RFC6749 3.1.2.3] redirect_uri is still one of the client, which may have changed since', () => {
    const moved = aClient({ metadata: { redirect_uris: ['https://other.example/callback'] } })
    refused({ client: moved }, /not registered any more/)
  })
  test('[RFC8252 7.3] a native app’s may have had a port of its own', () => {
    const redirectUri = 'http://127.0.0.1:51000/cb'
    const native = aClient({ metadata: { application_type: 'native', redirect_uris: ['http://127.0.0.1/cb'] } })
    const facts = someFacts({ grant: aGrant({ redirectUri }) })
    assert.equal(redeem({ client: native, facts, parameters: { redirect_uri: redirectUri } }).kind, 'issue')
  })
  for (const uri of [
    'https://app.example/callback/',
    'https://APP.example/callback',
    'https://app.example/callback?',
  ]) {
    test(`[RFC6749 4.1.3] redirect_uri is the same to the byte: not ${uri}`, () => {
      refused({ parameters: { redirect_uri: uri } }, /redirect_uri/)
    })
  }
})
