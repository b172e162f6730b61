/** Errors on the way to a person: every one becomes a page with an id that is in the log. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { HashingQueueFull } from '../accounts/hashing-queue.ts'
import type { Config } from '../config/config.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { DatabaseUnavailable } from '../storage/storage.ts'
import { message } from '../words/message.ts'
import { inEnglish } from '../words/words.ts'
import { wayToClient } from './client-redirect.ts'
import { askingClientView, clientView } from './client-view.ts'
import { PageError, type PageErrorInput, refusedRequest } from './page-error.ts'
import { PAGES, pathBelow } from './paths.ts'
import { type RefusalDeps, tellRefusal } from './refusal.ts'
import { allowPage } from './security-headers.ts'
import { TooManyRequests } from './too-many-requests.ts'
import type { ClientView } from './view-models.ts'
import { render } from './views.ts'
import { waitMessage } from './wait-message.ts'

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
  const { language } = request
  const client =
    page.client &&
    (answer ? askingClientView(page.client, answer.target.uri, language) : clientView(page.client, language))
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

function wayOn({ issuer, name }: PageConfig, { tryAgain, wayOn: way }: PageErrorInput, client: ClientView | undefined) {
  if (way !== undefined) return { url: pathBelow(issuer, way.to), label: way.label }
  if (tryAgain !== undefined) return { url: tryAgain, label: message('error.try_again') }
  return client?.uri
    ? { url: client.uri, label: message('error.back_to', { client: client.name }) }
    : { url: pathBelow(issuer, '/'), label: message('error.go_to', { installation: name }) }
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
  title: message('error.busy_title'),
  message: message('error.busy_message'),
  advice: message('error.busy_advice'),
}

const tooMany = ({ retryAfterSeconds }: TooManyRequests): PageErrorInput => ({
  check: 'rate',
  status: 429,
  title: message('error.rate_title'),
  message: message('error.rate_message'),
  advice: message('error.rate_advice', { wait: waitMessage(retryAfterSeconds) }),
})

const UNAVAILABLE: PageErrorInput = {
  status: 503,
  check: 'database',
  title: message('error.unavailable_title'),
  message: message('error.unavailable_message'),
  advice: message('error.unavailable_advice'),
}

const MALFORMED: Omit<PageErrorInput, 'status'> = {
  check: 'malformed',
  title: message('error.malformed_title'),
  message: message('error.malformed_message'),
  advice: message('error.malformed_advice'),
}

const OUR_FAULT: PageErrorInput = {
  status: 500,
  check: 'fault',
  title: message('error.fault_title'),
  message: message('error.fault_message'),
  advice: message('error.fault_advice'),
}

/**
 * What was wrong, for the log and for `countersign explain`; of a fault of ours the log has the cause, too. Of an outage of
 * the database the storage tells once; here it is one of many refusals.
 */
function tellPage(deps: RefusalDeps, request: FastifyRequest, page: PageErrorInput, error: Error): void {
  const { cause, check, failed = { check }, status } = page
  if (check === 'fault') request.log.error({ err: error }, 'request failed')
  tellRefusal(deps, request, {
    failed: cause?.failed ?? failed,
    code: cause?.code,
    description: cause?.description ?? inEnglish(page.title),
    status,
  })
}
