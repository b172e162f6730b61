/** The checker of the proofs: right histories pass, and each way of being wrong is told. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Account, type Family, newFamily, type Operation, type Outcome, type Session } from './history.ts'
import { judgeAccount, judgeFamily, judgeSession } from './judge.ts'

/** `[sent, answered]`; unanswered and never settled without the second. */
const op = (outcome: Outcome, sent: number, answered = Number.POSITIVE_INFINITY): Operation => ({
  ...{ outcome, sent, answered, at: 0 },
})
const done = (sent: number, answered: number): Operation => op('done', sent, answered)
const refused = (sent: number, answered: number): Operation => op('refused', sent, answered)

const anAccount = (): Account => ({
  ...{ username: 'alice', password: 'x', added: done(1, 2) },
  ...{ disabled: [], signIns: [], consents: [], asked: [] },
})
const aSession = (): Session => ({ account: anAccount(), begun: done(3, 4), signOuts: [], authorizations: [] })
const aFamily = (isOffline = false): Family => newFamily('a-code', aSession(), isOffline)

const refresh = (operation: Operation, presented: string, received?: string) => ({
  ...operation,
  presented,
  ...(received && { received }),
})
const redeemed = (sent: number, answered: number) => ({ ...done(sent, answered), received: 'r1' })
const use = (operation: Operation, accessToken = 'a1') => ({ ...operation, accessToken })

function assertRight(family: Family): void {
  assert.deepEqual(judgeFamily(family), [])
}
function assertWrong(family: Family, words: RegExp): void {
  assert.match(judgeFamily(family).join('\n'), words)
}

describe('the checker: codes', () => {
  test('redeemed once, also when asked at the same time', () => {
    const family = aFamily()
    family.redemptions.push(redeemed(10, 20), refused(11, 19))
    assertRight(family)
    family.redemptions.push(redeemed(12, 18))
    assertWrong(family, /redeemed twice/)
  })

  test('refused without a reason is lost', () => {
    const family = aFamily()
    family.redemptions.push(refused(10, 11))
    assertWrong(family, /code was lost/)
  })

  test('two refusals are no reason for each other', () => {
    const family = aFamily()
    family.redemptions.push(refused(10, 13), refused(11, 12))
    assertWrong(family, /code was lost/)
  })

  test('an unanswered redemption may be the reason, but not one that was sent too late', () => {
    const family = aFamily()
    family.redemptions.push(op('unanswered', 10, 12), refused(13, 14))
    assertRight(family)
    const late = aFamily()
    late.redemptions.push(refused(10, 11), op('unanswered', 12, 13))
    assertWrong(late, /code was lost/)
  })

  test('redeemed after the sign-out, even with offline_access', () => {
    const family = aFamily(true)
    family.session.signOuts.push(done(5, 6))
    family.redemptions.push(redeemed(7, 8))
    assertWrong(family, /redeemed after its end/)
  })
})

describe('the checker: refresh tokens', () => {
  const chain = (...more: ReturnType<typeof refresh>[]): Family => {
    const family = aFamily()
    family.redemptions.push(redeemed(5, 6))
    family.refreshes.push(...more)
    return family
  }

  test('a chain, with a retry that gets the same', () => {
    assertRight(
      chain(
        refresh(op('unanswered', 10, 12), 'r1'),
        refresh(done(13, 14), 'r1', 'r2'),
        refresh(done(15, 16), 'r2', 'r3'),
      ),
    )
    assertRight(chain(refresh(done(10, 14), 'r1', 'r2'), refresh(done(11, 13), 'r1', 'r2')))
  })

  test('two successors of one; one successor of two; a circle', () => {
    assertWrong(chain(refresh(done(10, 11), 'r1', 'r2'), refresh(done(10, 12), 'r1', 'x2')), /two successors/)
    assertWrong(chain(refresh(done(10, 11), 'r1', 'r3'), refresh(done(12, 13), 'r2', 'r3')), /one successor/)
    assertWrong(chain(refresh(done(10, 11), 'r1', 'r2'), refresh(done(12, 13), 'r2', 'r1')), /circle/)
    assertWrong(chain(refresh(done(10, 11), 'r1', 'r1')), /circle/)
  })

  test('an acknowledged token that is not known any more', () => {
    assertWrong(chain(refresh(refused(10, 11), 'r1')), /refresh token was lost/)
    // A rotation that was acknowledged and then rolled back.
    assertWrong(chain(refresh(done(10, 11), 'r1', 'r2'), refresh(refused(20, 21), 'r2')), /refresh token was lost/)
  })

  test('an unanswered refresh from before a restart is no reason after it', () => {
    const lost = [
      refresh(op('unanswered', 10, 12), 'r1'),
      refresh(done(13, 14), 'r1', 'r2'),
      refresh(done(15, 16), 'r2', 'r3'),
      refresh(refused(17, 18), 'r3'),
    ]
    assertWrong(chain(...lost), /refresh token was lost/)
  })

  test('a stale token: refused it ends the family, accepted it is wrong', () => {
    const used = [refresh(done(10, 11), 'r1', 'r2'), refresh(done(12, 13), 'r2', 'r3')]
    assertRight(chain(...used, refresh(refused(14, 15), 'r1'), refresh(refused(16, 17), 'r3')))
    assertWrong(chain(...used, refresh(done(14, 15), 'r1', 'r2')), /successor had been used/)
    assertWrong(
      chain(...used, refresh(refused(14, 15), 'r1'), refresh(done(16, 17), 'r3', 'r4')),
      /refreshed after its end/,
    )
  })

  test('after a second redemption everything is over', () => {
    const family = chain(refresh(done(20, 21), 'r1', 'r2'))
    family.redemptions.push(refused(10, 11))
    assertWrong(family, /refreshed after its end/)
  })

  test('after a revocation; while it is under way both are right', () => {
    const family = chain(refresh(done(10, 20), 'r1', 'r2'), refresh(refused(12, 19), 'r2'))
    family.revocations.push(done(11, 18))
    assertRight(family)
    family.refreshes.push(refresh(done(21, 22), 'r2', 'r3'))
    assertWrong(family, /refreshed after its end/)
  })

  test('an unanswered revocation may have happened or not', () => {
    for (const after of [refresh(done(20, 21), 'r1', 'r2'), refresh(refused(20, 21), 'r1')]) {
      const family = chain(after)
      family.revocations.push(op('unanswered', 10, 12))
      assertRight(family)
    }
  })

  test('after the sign-out, unless it was granted offline_access; after the account was disabled in any case', () => {
    for (const isOffline of [false, true]) {
      const family = aFamily(isOffline)
      family.redemptions.push(redeemed(5, 6))
      family.session.signOuts.push(done(7, 8))
      family.refreshes.push(refresh(done(10, 11), 'r1', 'r2'))
      if (isOffline) assertRight(family)
      else assertWrong(family, /refreshed after its end/)
      family.session.account.disabled.push(done(8, 9))
      assertWrong(family, /refreshed after its end/)
    }
  })
})

describe('the checker: access tokens', () => {
  const used = (operation: Operation, accessToken?: string): Family => {
    const family = aFamily()
    family.redemptions.push(redeemed(5, 6))
    family.uses.push(use(operation, accessToken))
    return family
  }

  test('refused without a reason; good after the revocation of the family or of itself', () => {
    assertRight(used(done(10, 11)))
    assertWrong(used(refused(10, 11)), /access token was refused/)
    const revoked = used(done(10, 11))
    revoked.revocations.push(done(7, 8))
    assertWrong(revoked, /good after its end/)
    const itself = used(done(10, 11))
    itself.tokenRevocations.push(use(done(7, 8)))
    assertWrong(itself, /good after its end/)
    const another = used(done(10, 11), 'a2')
    another.tokenRevocations.push(use(done(7, 8)))
    assertRight(another)
  })
})

describe('the checker: sessions, accounts, consents', () => {
  test('a session that is lost, and one that outlives its end', () => {
    const lost = aSession()
    lost.authorizations.push(refused(10, 11))
    assert.match(judgeSession(lost).join(), /lost/)
    const over = aSession()
    over.signOuts.push(done(5, 6))
    over.authorizations.push(refused(7, 8))
    assert.deepEqual(judgeSession(over), [])
    over.authorizations.push(done(9, 10))
    assert.match(judgeSession(over).join(), /after its end/)
  })

  test('an account that is lost, and one that signs in although disabled', () => {
    const lost = anAccount()
    lost.signIns.push(refused(10, 11))
    assert.match(judgeAccount(lost).join(), /lost/)
    const unsure = { ...anAccount(), added: op('unanswered', 1, 3) }
    unsure.signIns.push(refused(10, 11))
    assert.deepEqual(judgeAccount(unsure), [])
    const disabled = anAccount()
    disabled.disabled.push(done(5, 6))
    disabled.signIns.push(refused(7, 8))
    assert.deepEqual(judgeAccount(disabled), [])
    disabled.signIns.push(done(9, 10))
    assert.match(judgeAccount(disabled).join(), /disabled/)
  })

  test('a consent that is asked for again', () => {
    const account = anAccount()
    account.asked.push({ ...done(5, 6), scopes: ['openid'] })
    account.consents.push({ ...done(7, 8), scopes: ['openid'] })
    account.asked.push({ ...done(9, 10), scopes: ['openid', 'email'] })
    assert.deepEqual(judgeAccount(account), [])
    account.asked.push({ ...done(11, 12), scopes: ['openid'] })
    assert.match(judgeAccount(account).join(), /consent was lost/)
  })
})
