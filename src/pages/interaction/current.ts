/** The interaction that a page is about. One that is over, or another browser's, is asked afresh, unless it counts once. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser } from '../../http/browser.ts'
import { readQuery } from '../../http/form.ts'
import { PageError } from '../../http/page-error.ts'
import { pathParameter } from '../../http/path-parameter.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { refuseManyNew } from '../../http/too-many-requests.ts'
import { countsOnce, findInteraction, isOver, park } from '../../sessions/interaction.ts'
import type { Interaction } from '../../storage/storage.ts'
import { message } from '../../words/message.ts'

export interface Current {
  readonly interaction: Interaction
  /** The browser's secret, for the tokens of its forms. */
  readonly secret: string
  /** It is asked afresh because it was left open for too long. */
  readonly hasExpired: boolean
}

/** The id in the URL; the routes of this folder all have it. */
export const interactionId = (request: FastifyRequest): string => pathParameter(request, 'interaction')

/**
 * Throws a 404 page when nothing is known of it any more, and a 410 page when it was answered and counts once (RFC 9126 §4;
 * what is signed may have an `exp` that is over): its address must not give more codes than its request would.
 */
export async function currentInteraction(
  deps: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
  id = interactionId(request),
): Promise<Current> {
  const found = await findInteraction(deps, id)
  if (found === undefined) throw new PageError(FORGOTTEN)
  return currentOf(deps, found, { request, reply })
}

/** The same of one that is known by something else than the URL. */
export async function currentOf(
  deps: Deps,
  found: Interaction,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<Current> {
  request.flowId = found.id
  request.clientId = found.clientId
  if (found.completedAt !== undefined && countsOnce(found)) {
    throw new PageError({
      ...ANSWERED,
      client: found.clientId === undefined ? undefined : await deps.clients.find(found.clientId),
    })
  }
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  const isSameBrowser = found.browserHash === browserHash(secret)
  const isUsable = isSameBrowser && !isOver(found, deps.clock.now())
  if (!isUsable) refuseManyNew(deps, request)
  // What was typed stays in the browser that it was typed in.
  const again = { ...found, username: isSameBrowser ? found.username : undefined }
  const interaction = isUsable ? found : await park(deps, again, browserHash(secret))
  if (!isUsable) request.log.info({ flow: found.id, next: interaction.id, isSameBrowser }, 'asked afresh')
  request.flowId = interaction.id
  return {
    secret,
    interaction,
    hasExpired: found.completedAt === undefined && deps.clock.now() >= found.expiresAt,
  }
}

const FORGOTTEN = {
  status: 404,
  check: 'interaction',
  title: message('error.forgotten_title'),
  message: message('error.forgotten_message'),
  advice: message('error.forgotten_advice'),
} as const

const ANSWERED = {
  status: 410,
  check: 'interaction_answered',
  title: message('error.answered_title'),
  message: message('error.answered_message'),
  advice: message('error.answered_advice'),
} as const

/** The answer to "which account?" that wants another one than who is signed in, and how the sign-in page keeps it. */
export const OTHER_ACCOUNT = 'other'
export const OTHER_ACCOUNT_QUERY = `?account=${OTHER_ACCOUNT}`
/** The question is asked, though no app wants it to be. */
export const CHOOSE_ACCOUNT = 'choose'
export const CHOOSE_ACCOUNT_QUERY = `?account=${CHOOSE_ACCOUNT}`

/** The page below an interaction that makes an account. */
export const SIGN_UP = '/sign-up'

/** Another account than the one that is offered: `other` than all that are signed in, or one to `choose`. */
export function accountWanted(request: FastifyRequest): typeof OTHER_ACCOUNT | typeof CHOOSE_ACCOUNT | undefined {
  const wanted = readQuery(request).find('account')
  return wanted === OTHER_ACCOUNT || wanted === CHOOSE_ACCOUNT ? wanted : undefined
}

/** Another one than all that are signed in. */
export const wantsAnother = (request: FastifyRequest): boolean => accountWanted(request) === OTHER_ACCOUNT

/** The step of who has forgotten their password. */
export const FORGOT = '/forgot'

export const pathOf = (deps: Pick<Deps, 'issuer'>, { id }: Pick<Interaction, 'id'>, step = ''): string =>
  pathBelow(deps.issuer, `${PAGES.signIn}/${encodeURIComponent(id)}${step}`)
