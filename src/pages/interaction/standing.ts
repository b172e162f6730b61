/**
 * Where an interaction stands: decided afresh each time, by whoever shows its page and by whoever gets a form of it. So a stale
 * tab and the back button are always right, and a step that is posted without the one before it finds that it is not due.
 */
import type { FastifyRequest } from 'fastify'
import { type Asked, readParkedAuthorization } from '../../authorization/asked.ts'
import { decide } from '../../authorization/decide.ts'
import { stepDue, wantedBy } from '../../authorization/step-due.ts'
import type { Timestamp } from '../../base/clock.ts'
import type { Deps } from '../../deps.ts'
import { speakTo } from '../../http/language.ts'
import type { AuthorizationOutcome, StepKind } from '../../protocol/authorization-decision.ts'
import { NOTHING_WANTED } from '../../sessions/enough.ts'
import { findSignedIn, type SignedIn } from '../../sessions/session.ts'
import type { Account, Interaction, Session } from '../../storage/storage.ts'
import { decideOwn, type OwnOutcome, wantedByPage } from './own-page.ts'
import { type FirstFactor, findProof } from './proof.ts'

/** A second factor that is to be proven, or set up and proven. */
export interface Step {
  readonly kind: StepKind
  readonly account: Account
  /** What was proven so far. */
  readonly amr: readonly string[]
  readonly authenticatedAt?: Timestamp | undefined
  /** The one that is to grow stronger; undefined: none begins before this is proven. */
  readonly session: Session | undefined
}

type Due = { readonly kind: StepKind }
type Without<Outcome> = Exclude<Outcome, Due>

export type Standing = { readonly signedIn: SignedIn | undefined } & (
  | { readonly kind: 'step'; readonly asked: Asked | undefined; readonly step: Step }
  /** All that is wanted has been proven, and only the session is missing. */
  | ({ readonly kind: 'proven'; readonly asked: Asked | undefined } & FirstFactor)
  | { readonly kind: 'decided'; readonly asked: Asked; readonly outcome: Without<AuthorizationOutcome> }
  /** No app asked. */
  | { readonly kind: 'own'; readonly asked: undefined; readonly outcome: Without<OwnOutcome> }
)

export async function standingOf(deps: Deps, interaction: Interaction, request: FastifyRequest): Promise<Standing> {
  const first = await findProof(deps, interaction, request)
  if (interaction.clientId === undefined) {
    const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
    speakTo(request, signedIn?.account)
    const outcome = await decideOwn(deps, { interaction, signedIn, request })
    const at = { asked: undefined, signedIn, interaction, request }
    if (isDue(outcome) || countsHere(first, outcome, at)) return stepAt(deps, { first, outcome, at })
    request.accountId ??= signedIn?.account.id
    return { kind: 'own', outcome, asked: undefined, signedIn }
  }
  const asked = await readParkedAuthorization(deps, interaction.parameters)
  request.askedAs = asked.encoded
  const { outcome, signedIn } = await decide(deps, asked, { interaction, request })
  speakTo(request, signedIn?.account)
  const at = { asked, signedIn, interaction, request }
  if (isDue(outcome) || countsHere(first, outcome, at)) return stepAt(deps, { first, outcome, at })
  request.accountId ??= signedIn?.account.id
  return { kind: 'decided', outcome, asked, signedIn }
}

type Outcome = AuthorizationOutcome | OwnOutcome

const STEPS: readonly StepKind[] = ['second_factor', 'passkey', 'enrol', 'enrol_passkey']

const isDue = <Of extends Outcome>(outcome: Of): outcome is Extract<Of, Due> =>
  STEPS.some((kind) => kind === outcome.kind)

/** What was proven here counts where nobody is signed in well enough, and against who signed in in another tab. */
const countsHere = (first: FirstFactor | undefined, outcome: Outcome, { signedIn }: At): first is FirstFactor =>
  first !== undefined && (outcome.kind === 'sign_in' || signedIn?.account.id !== first.account.id)

interface At {
  readonly asked: Asked | undefined
  readonly signedIn: SignedIn | undefined
  readonly interaction: Interaction
  readonly request: FastifyRequest
}

async function stepAt(
  deps: Deps,
  { first, outcome, at }: { first: FirstFactor | undefined; outcome: Outcome; at: At },
): Promise<Standing> {
  const { asked, signedIn, request } = at
  if (countsHere(first, outcome, at)) {
    request.accountId = first.account.id
    speakTo(request, first.account)
    return { ...(await afterFirst(deps, first, at)), asked, signedIn }
  }
  if (!isDue(outcome)) throw new Error('no step is due')
  const { kind, account, session } = outcome
  request.accountId = account.id
  return { kind: 'step', step: { kind, account, amr: session.amr, session }, asked, signedIn }
}

interface Surroundings {
  readonly asked: Asked | undefined
  readonly interaction: Interaction
  readonly request: FastifyRequest
}

/** What comes after a first factor that was proven just now. */
export async function afterFirst(
  deps: Deps,
  first: FirstFactor,
  { asked, interaction, request }: Surroundings,
): Promise<{ kind: 'step'; step: Step } | ({ kind: 'proven' } & FirstFactor)> {
  const wanted = asked === undefined ? wantedByPage(interaction) : wantedBy(asked)
  const proving = { ...first, proof: { amr: first.amr, isSession: false }, request }
  const due = await stepDue(deps, { ...proving, wanted })
  // That it is not enough for the app is for the app to hear, once the person is signed in as well as they can be.
  const step = due === 'unmet' ? await stepDue(deps, { ...proving, wanted: NOTHING_WANTED }) : due
  if (step === 'nothing' || step === 'unmet') return { kind: 'proven', ...first }
  return { kind: 'step', step: { kind: step, ...first, session: undefined } }
}
