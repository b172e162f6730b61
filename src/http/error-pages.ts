/** Errors on the way to a person: every one becomes a page with an id that is in the log. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { HashingQueueFull } from '../accounts/hashing-queue.ts'
import type { Config } from '../config/config.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { DatabaseUnavailable } from '../storage/storage.ts'
import { waitInWords } from '../throttling/waiting.ts'
import { wayToClient } from './client-redirect.ts'
import { askingClientView, clientView } from './client-view.ts'
import { PageError, type PageErrorInput, refusedRequest } from './page-error.ts'
import { PAGES, pathBelow } from './paths.ts'
import { type RefusalDeps, tellRefusal } from './refusal.ts'
import { allowPage } from './security-headers.ts'
import { TooManyRequests } from './too-many-requests.ts'
import type { ClientView } from './view-models.ts'
import { render } from './views.ts'

type PageConfig = Pick<Config, 'issuer' | 'name'>

export function errorPages(deps: RefusalDeps & { readonly config: PageConfig }) {
  const { config } = deps
  return async (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const page = pageOf(error)
    request.clientId ??= page.client?.id
    tellPage(deps, request, page, error)
    if (isTemporary(error)) reply.header('retry-after', String(error.retryAfterSeconds))
    const isWorthTrying = error instanceof DatabaseUnavailable || error instanceof TooManyRequests
    const tryAgain = isWorthTrying ? tryAgainAt(config, request) : undefined
    return showError(config, request, reply, tryAgain === undefined ? page : { ...page, tryAgain })
  }
}

const isTemporary = (error: Error): error is HashingQueueFull | DatabaseUnavailable | TooManyRequests =>
  error instanceof HashingQueueFull || error instanceof DatabaseUnavailable || error instanceof TooManyRequests

/** The address that leads on once the database is back: this one, or the page whose form was sent here. */
function tryAgainAt(config: PageConfig, request: FastifyRequest): string | undefined {
  if (request.method === 'GET') return request.url
  const interaction = new RegExp(`^${pathBelow(config.issuer, PAGES.signIn)}/[^/?]+`).exec(request.url)
  return interaction?.[0]
}

/** Renders the error page. */
export function showError(
  config: PageConfig,
  request: FastifyRequest,
  reply: FastifyReply,
  page: PageErrorInput,
): Promise<FastifyReply> {
  const { answer } = page
  const client = page.client && (answer ? askingClientView(page.client, answer.target.uri) : clientView(page.client))
  allowPage(reply, answer?.target.uri)
  return render(reply.code(page.status), 'error', {
    installation: config.name,
    title: page.title,
    message: page.message,
    advice: page.advice,
    technical: page.cause && { code: page.cause.code, description: page.cause.description },
    client,
    wayOn: wayOn(config, page, client),
    wayToClient: answer && wayToClient(answer),
    errorId: request.id,
  })
}

function wayOn({ issuer, name }: PageConfig, { tryAgain }: PageErrorInput, client: ClientView | undefined) {
  if (tryAgain !== undefined) return { url: tryAgain, label: 'Try again' }
  return client?.uri
    ? { url: client.uri, label: `Back to ${client.name}` }
    : { url: pathBelow(issuer, '/'), label: `Go to ${name}` }
}

function pageOf(error: FastifyError | Error): PageErrorInput {
  if (error instanceof PageError) return error.page
  if (error instanceof OAuthError) return refusedRequest(error)
  if (error instanceof HashingQueueFull) return TOO_BUSY
  if (error instanceof DatabaseUnavailable) return UNAVAILABLE
  if (error instanceof TooManyRequests) return tooMany(error)
  const status = 'statusCode' in error && error.statusCode !== undefined ? error.statusCode : 500
  return status >= 400 && status < 500 ? { ...MALFORMED, status } : OUR_FAULT
}

const TOO_BUSY: PageErrorInput = {
  status: 503,
  check: 'busy',
  title: 'Too many people are signing in just now',
  message: 'We did not look at your password, so nothing is lost.',
  advice: 'Wait a few seconds, go back and try again.',
}

const tooMany = ({ retryAfterSeconds }: TooManyRequests): PageErrorInput => ({
  check: 'rate',
  status: 429,
  title: 'Too many sign-ins from your network',
  message: 'More sign-ins were begun from your network just now than we take at once. It is not your fault.',
  advice: `Try again in ${waitInWords(retryAfterSeconds)}.`,
})

const UNAVAILABLE: PageErrorInput = {
  status: 503,
  check: 'database',
  title: 'This login is having a short break',
  message: 'Something that we need is not answering just now. It is not your fault, and your account is safe.',
  advice: 'Wait a few seconds, then try again. What you had typed here is not kept.',
}

const MALFORMED: Omit<PageErrorInput, 'status'> = {
  check: 'malformed',
  title: 'We could not read that request',
  message: 'What your browser sent is malformed or too long.',
  advice: 'Go back to the app that you came from and start again.',
}

const OUR_FAULT: PageErrorInput = {
  status: 500,
  check: 'fault',
  title: 'Something went wrong on our side',
  message: 'It is not your fault, and nothing that you entered was kept.',
  advice:
    'Try again in a minute. If it happens again, tell whoever looks after this login, and give them the id below.',
}

/**
 * What was wrong, for the log and for `countersign explain`; of a fault of ours the log has the cause, too. Of an outage of
 * the database the storage tells once; here it is one of many refusals.
 */
function tellPage(deps: RefusalDeps, request: FastifyRequest, page: PageErrorInput, error: Error): void {
  const { cause, check, status } = page
  if (check === 'fault') request.log.error({ err: error }, 'request failed')
  tellRefusal(deps, request, {
    failed: cause?.failed ?? { check },
    code: cause?.code,
    description: cause?.description ?? page.title,
    status,
  })
}
