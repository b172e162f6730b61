/** Back from a provider on the way to sign in: whose account it is, or a new one; then on as after any first factor. */
import type { FastifyReply } from 'fastify'
import { refreshFromElsewhere, signUpFromElsewhere } from '../../accounts/from-elsewhere.ts'
import type { Deps } from '../../deps.ts'
import { tellRefusal } from '../../http/refusal.ts'
import type { Account } from '../../storage/storage.ts'
import { labelOf, proposedNames, requireSignUp, takenOver } from '../../upstream/claims.ts'
import type { UpstreamAnswer } from '../../upstream/openid.ts'
import { amrOf, authenticatedAt } from '../../upstream/strength.ts'
import { UpstreamError } from '../../upstream/upstream-error.ts'
import { message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { type Current, currentInteraction } from '../interaction/current.ts'
import { proceed } from '../interaction/proceed.ts'
import { show } from '../interaction/show.ts'
import type { SignInMessages } from '../interaction/sign-in-view.ts'
import type { Back } from './back.ts'
import { tellUpstream, told } from './refused.ts'

export async function signInBack(deps: Deps, back: Back): Promise<FastifyReply> {
  const { provider, sent, request, reply } = back
  const current = await currentInteraction(deps, request, reply, sent.interactionId)
  try {
    const answer = await back.ask()
    const at = authenticatedAt(provider, answer.told, { freshSince: sent.freshSince, now: deps.clock.now() })
    const account = await accountOf(deps, back, answer)
    request.accountId = account.id
    if (account.disabledAt !== undefined) return showDisabled(deps, { account, current, back })
    const first = { account, amr: amrOf(provider, answer.told), authenticatedAt: at }
    return await proceed(deps, { ...first, current, request, reply })
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    const { status, words } = told(deps, error, provider)
    tellUpstream(deps, request, { error, provider, status })
    return showAgain(deps, current, back, { status, errors: { form: words } })
  }
}

const showAgain = (deps: Deps, current: Current, { request, reply }: Back, messages: SignInMessages) =>
  show(deps, { current, request, reply, messages })

function showDisabled(
  deps: Deps,
  { account, current, back }: { account: Account; current: Current; back: Back },
): Promise<FastifyReply> {
  const { request } = back
  const words = message('sign_in.disabled', { installation: deps.config.name })
  deps.audit.record({ kind: 'sign_in_refused', reason: 'disabled', accountId: account.id }, request)
  tellRefusal(deps, request, { failed: { check: 'account_disabled' }, description: inEnglish(words), status: 403 })
  return showAgain(deps, current, back, { status: 403, errors: { form: words } })
}

/** By issuer and subject alone (OpenID Connect Core §5.7), and as the provider describes it now. */
async function accountOf(deps: Deps, back: Back, answer: UpstreamAnswer): Promise<Account> {
  const { provider, request } = back
  const from = takenOver(provider, answer.claims)
  const known = await linkedAccount(deps, answer)
  if (known === undefined) return newAccountOf(deps, back, answer)
  const { account, changed } = await refreshFromElsewhere(deps, known, { from, decided: provider.allowedGroups })
  if (changed.length > 0) {
    const event = { accountId: account.id, provider: provider.id, claims: changed }
    deps.audit.record({ kind: 'upstream_claims_taken', ...event }, request)
  }
  return account
}

async function linkedAccount({ storage, clock }: Deps, answer: UpstreamAnswer): Promise<Account | undefined> {
  const identity = await storage.upstreamIdentities.find(answer.issuer, answer.subject)
  if (identity === undefined) return undefined
  const account = await storage.accounts.find(identity.accountId)
  if (account === undefined) {
    // What an account that was removed left behind at that moment.
    await storage.upstreamIdentities.unlink(identity.id, identity.accountId)
    return undefined
  }
  await storage.upstreamIdentities.use(identity.id, { label: labelOf(answer.claims), now: clock.now() })
  return account
}

async function newAccountOf(deps: Deps, { provider, request }: Back, answer: UpstreamAnswer): Promise<Account> {
  const { claims, issuer, subject } = answer
  requireSignUp(provider, claims)
  const whom = { issuer, subject, label: labelOf(claims) }
  const from = takenOver(provider, claims)
  const made = await signUpFromElsewhere(deps, { whom, names: proposedNames(claims), from })
  if (made.kind === 'email_taken') throw new UpstreamError('upstream_email', { came: 'the address of an account' })
  if (made.kind === 'made') {
    const { account } = made
    deps.audit.record({ kind: 'account_added', accountId: account.id }, request)
    const event = { accountId: account.id, provider: provider.id, madeAccount: true }
    deps.audit.record({ kind: 'upstream_linked', ...event }, request)
    return account
  }
  const account = await linkedAccount(deps, answer)
  if (account === undefined) throw new Error('an identity that was linked a moment ago is gone')
  return account
}
