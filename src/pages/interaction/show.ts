/** The page of an interaction: whichever is due. */
import type { FastifyReply } from 'fastify'
import { emailKey, usernameKey } from '../../accounts/username.ts'
import { answerWithGrant } from '../../authorization/answer.ts'
import type { Asked } from '../../authorization/asked.ts'
import { refuse } from '../../authorization/refuse.ts'
import type { Deps } from '../../deps.ts'
import { pathBelow } from '../../http/paths.ts'
import { type AuthorizationOutcome, isEnrolment, type StepKind } from '../../protocol/authorization-decision.ts'
import { startOf } from '../../protocol/initiate-login.ts'
import { OAuthError } from '../../protocol/oauth-error.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Account } from '../../storage/storage.ts'
import { begin, goOn } from './begin.ts'
import { showConsent } from './consent-view.ts'
import { accountWanted, type Current, pathOf, SIGN_UP } from './current.ts'
import { showEnrolment } from './enrolment-view.ts'
import { dropProof } from './proof.ts'
import { showSecondFactor } from './second-factor-view.ts'
import { showSelectAccount } from './select-account-view.ts'
import { type ShowInput, showSignIn } from './sign-in-view.ts'
import { type Standing, standingOf } from './standing.ts'

export async function show(deps: Deps, input: ShowInput): Promise<FastifyReply> {
  const { current, request, reply, messages } = input
  const standing = await standingOf(deps, current.interaction, request)
  const { asked, signedIn } = standing
  const wanted = accountWanted(request)
  const another = wanted === 'other'
  // Who typed another name here and was refused is not sent on as the one who signed in in another tab.
  if (asked && signedIn && isSomebodyElse(messages?.username, signedIn.account)) {
    return showSignIn(deps, { ...input, asked, another: true, again: undefined })
  }
  if (wanted === 'choose' && messages === undefined && isUndecided(standing)) {
    const chooser = await showSelectAccount(deps, { current, asked, request, reply })
    if (chooser !== undefined) return chooser
  }
  switch (standing.kind) {
    case 'step': {
      if (another || messages !== undefined) {
        return showSignIn(deps, { ...input, asked, another, again: undefined })
      }
      const { step } = standing
      const page = { step, asked, current, request, reply }
      return isEnrolment(step.kind) ? showEnrolment(deps, page) : showSecondFactor(deps, page)
    }
    case 'proven': {
      const { account, amr, authenticatedAt } = standing
      await begin(deps, { account, amr, authenticatedAt, current, request, reply })
      return goOn(deps, current, reply)
    }
    case 'own':
      return showOwn(deps, { ...input, standing, another })
    case 'decided':
      return showDecided(deps, { ...input, ...standing, another })
  }
}

/** Not yet answered, nor to be refused. */
const isUndecided = (standing: Standing): boolean =>
  standing.kind !== 'decided' || !['grant', 'refuse'].includes(standing.outcome.kind)

/** For a form whose step is not due: on to the page that is; what was left open for too long says so at once. */
export const showDue = async (deps: Deps, input: ShowInput): Promise<FastifyReply> =>
  input.current.hasExpired ? show(deps, input) : goOn(deps, input.current, input.reply)

interface Shown extends ShowInput {
  readonly another: boolean
}

async function showOwn(
  deps: Deps,
  { standing, ...input }: Shown & { standing: Extract<Standing, { kind: 'own' }> },
): Promise<FastifyReply> {
  const { outcome } = standing
  // Who wants another account beside the one that is signed in is not sent on as that one.
  if (outcome.kind === 'go' && !input.another) {
    return input.reply.redirect((await appOf(deps, input.current)) ?? pathBelow(deps.issuer, outcome.to), 303)
  }
  const again = outcome.kind === 'go' || input.another ? undefined : outcome.again
  return showSignIn(deps, { ...input, asked: undefined, again })
}

/** The app that somebody was invited to, where it begins; written by us. */
async function appOf(deps: Deps, { interaction }: Current): Promise<string | undefined> {
  const id = new URLSearchParams(interaction.parameters).get('app')
  const client = id === null ? undefined : await deps.clients.find(id)
  return client && startOf(client, deps.issuer)
}

interface Decided extends Shown {
  readonly asked: Asked
  readonly signedIn: SignedIn | undefined
  readonly outcome: Exclude<AuthorizationOutcome, { kind: StepKind }>
}

async function showDecided(
  deps: Deps,
  { asked, outcome, signedIn, another, ...input }: Decided,
): Promise<FastifyReply> {
  const { current, request, reply, messages } = input
  const { interaction } = current
  const showNew = () => showSignIn(deps, { ...input, asked, another: true, again: undefined })
  switch (outcome.kind) {
    case 'sign_in':
      // Initiating User Registration §4.1. What was refused here was typed by who has an account.
      if (wantsNew(asked) && !another && messages === undefined) {
        return reply.redirect(pathOf(deps, interaction, SIGN_UP), 303)
      }
      return showSignIn(deps, { ...input, asked, another, again: another ? undefined : outcome.again })
    case 'select_account':
      if (another) return showNew()
      return (await showSelectAccount(deps, { current, asked, request, reply })) ?? showNew()
    case 'consent':
      if (another) return showNew()
      return showConsent(deps, { ...outcome, current, reply, asked })
    case 'refuse':
      await deps.storage.interactions.complete(interaction.id, deps.clock.now())
      return refuse(deps, { asked, error: outcome.error, browser: { signedIn }, request, reply })
    case 'grant': {
      await dropProof(deps, interaction, reply)
      // Of two tabs that answer at the same moment one goes on under the same id.
      const isFirst = await deps.storage.interactions.complete(interaction.id, deps.clock.now())
      const flowId = isFirst ? interaction.id : undefined
      return answerWithGrant(deps, { asked, signedIn: outcome, flowId, request, reply })
    }
  }
}

const wantsNew = ({ request }: Asked): boolean => !(request instanceof OAuthError) && request.prompts.has('create')

function isSomebodyElse(typed: string | undefined, { usernameKey: name, emailKey: email }: Account): boolean {
  return typed !== undefined && typed !== '' && usernameKey(typed) !== name && emailKey(typed) !== email
}
