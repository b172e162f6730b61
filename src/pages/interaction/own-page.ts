/**
 * A sign-in that no app asked for: the sign-in page opened by itself, or a page of ours that wants to know who is there. What is
 * parked then is where it goes on, below the issuer; it was written by us, and is looked at again all the same.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { stepDue } from '../../authorization/step-due.ts'
import { CLOCK_SKEW } from '../../base/clock.ts'
import type { Duration } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser } from '../../http/browser.ts'
import { speakTo } from '../../http/language.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { refuseManyNew } from '../../http/too-many-requests.ts'
import { isEnrolment, maySetUp, type StepKind } from '../../protocol/authorization-decision.ts'
import { NOTHING_WANTED, type Wanted } from '../../sessions/enough.ts'
import { park } from '../../sessions/interaction.ts'
import { findSignedIn, type SignedIn } from '../../sessions/session.ts'
import type { Account, Interaction, Session } from '../../storage/storage.ts'
import { isFreshForAdmin } from '../admin/who-may.ts'
import { pathOf } from './current.ts'

/** Longer ones lead to the first page of their kind: nobody has to remember a filter of so many letters. */
const LONGEST = 1000

/** For what anybody who is signed in may do. */
export const ANY_AGE: Duration = Number.MAX_SAFE_INTEGER

/** On to the sign-in page, and then back to this page for admins. */
export async function signInFirst(deps: Deps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const wanted = request.url.slice(pathBelow(deps.issuer, '').length)
  return signInFor(deps, { to: wanted.length > LONGEST ? PAGES.admin : wanted }, { request, reply })
}

async function signInFor(
  deps: Deps,
  parameters: Record<string, string>,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  refuseManyNew(deps, request)
  const browser = ensureBrowser(deps.cookies, request, reply, deps.random)
  const parked = { clientId: undefined, parameters: new URLSearchParams(parameters).toString() }
  return reply.redirect(pathOf(deps, await park(deps, parked, browserHash(browser))), 303)
}

/** How a page of somebody's own wants to know that it is them. */
export interface Fresh {
  /** Where it leads back to, below the issuer: the page, when it is a form of it that was posted. */
  readonly to: string
  /** Since the sign-in. */
  readonly maxAge: Duration
  /** How strong it must be, for an account that can. */
  readonly acr?: string | undefined
}

/**
 * For what a stolen session, or a browser that was left open, must not be able to do (OWASP ASVS 7.5.1). `answered`: nobody is
 * signed in, or too long ago, or not well enough; the browser is on its way to the page that asks, which leads back.
 */
export async function requireFresh(
  deps: Deps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  fresh: Fresh,
): Promise<SignedIn | { readonly answered: FastifyReply }> {
  const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
  request.accountId = signedIn?.account.id
  speakTo(request, signedIn?.account)
  if (signedIn && isFresh(signedIn.session, fresh.maxAge, deps.clock.now()) && (await isEnough(deps, signedIn))) {
    return signedIn
  }
  const parameters = {
    to: fresh.to,
    max_age: String(fresh.maxAge),
    ...(fresh.acr !== undefined && { acr: fresh.acr }),
  }
  return { answered: await signInFor(deps, parameters, { request, reply }) }

  async function isEnough(from: Deps, { session, account }: SignedIn): Promise<boolean> {
    const wanted = { ...NOTHING_WANTED, acrValues: fresh.acr === undefined ? [] : [fresh.acr] }
    const proof = { amr: session.amr, isSession: true }
    return (await stepDue(from, { account, proof, wanted, request })) === 'nothing'
  }
}

/** A sign-in that lies ahead (the clock went back) proves nothing. */
const isFresh = ({ authenticatedAt }: Session, maxAge: Duration, now: number): boolean =>
  now - authenticatedAt <= maxAge && authenticatedAt <= now + CLOCK_SKEW

/** The page that was wanted; undefined: none, or one that is not there any more. */
function wantedPage({ config }: Pick<Deps, 'config'>, parameters: string): string | undefined {
  const to = new URLSearchParams(parameters).get('to') ?? ''
  if (config.admin !== undefined && ADMIN_PAGE.test(to)) return to
  return ACCOUNT_PAGE.test(to) ? to : undefined
}

const pageBelow = (page: string): RegExp => new RegExp(`^${page}(?:[/?][\\x21-\\x5b\\x5d-\\x7e]*)?$`)
const ADMIN_PAGE = pageBelow(PAGES.admin)
const ACCOUNT_PAGE = pageBelow(PAGES.account)

/** What the page wants of the sign-in; who can't is let on. */
export function wantedByPage({ parameters }: Pick<Interaction, 'parameters'>): Wanted {
  const acr = new URLSearchParams(parameters).get('acr')
  return acr === null ? NOTHING_WANTED : { ...NOTHING_WANTED, acrValues: [acr] }
}

export type OwnOutcome =
  /** `again`: who must prove to be the same. */
  | { readonly kind: 'sign_in'; readonly again: Account | undefined }
  | { readonly kind: StepKind; readonly account: Account; readonly session: Session }
  /** Below the issuer. */
  | { readonly kind: 'go'; readonly to: string }

interface OwnFacts {
  readonly interaction: Interaction
  readonly signedIn: SignedIn | undefined
  readonly request: FastifyRequest
}

export async function decideOwn(deps: Deps, { interaction, signedIn, request }: OwnFacts): Promise<OwnOutcome> {
  if (signedIn === undefined) return { kind: 'sign_in', again: undefined }
  const { account, session } = signedIn
  const to = wantedPage(deps, interaction.parameters)
  if (to !== undefined && !isFreshFor(deps, { to, interaction, session })) return { kind: 'sign_in', again: account }
  const proof = { amr: session.amr, isSession: true }
  const due = await stepDue(deps, { account, proof, wanted: wantedByPage(interaction), request })
  if (isEnrolment(due) && !maySetUp(session, deps.clock.now())) return { kind: 'sign_in', again: account }
  if (due !== 'nothing' && due !== 'unmet') return { kind: due, account, session }
  return { kind: 'go', to: to ?? PAGES.home }
}

/** How old the sign-in may be at most; undefined: any will do. */
export function maxAgeOfPage(
  { config }: Pick<Deps, 'config'>,
  { parameters }: Pick<Interaction, 'parameters'>,
): Duration | undefined {
  const to = wantedPage({ config }, parameters)
  if (to === undefined) return undefined
  return ADMIN_PAGE.test(to) ? config.admin?.maxAge : Number(new URLSearchParams(parameters).get('max_age') ?? 0)
}

function isFreshFor(
  { config, clock }: Pick<Deps, 'config' | 'clock'>,
  { to, interaction, session }: { to: string; interaction: Interaction; session: Session },
): boolean {
  if (ADMIN_PAGE.test(to)) return isFreshForAdmin(config.admin, session, clock.now())
  const maxAge = Number(new URLSearchParams(interaction.parameters).get('max_age') ?? 0)
  return isFresh(session, maxAge, clock.now())
}
