/** The page that a mailed code is typed in, and that of a link. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Place, PURPOSES } from '../../accounts/one-time-code.ts'
import type { CodeRecord } from '../../accounts/one-time-codes.ts'
import { readParkedAuthorization } from '../../authorization/asked.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import type { Device } from '../../base/user-agent.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser, formToken } from '../../http/browser.ts'
import { askingClientView, imagesOf } from '../../http/client-view.ts'
import { deviceInWords } from '../../http/device.ts'
import { readQuery } from '../../http/form.ts'
import { pathBelow } from '../../http/paths.ts'
import { allowPage } from '../../http/security-headers.ts'
import type { ClientView, CodeErrors } from '../../http/view-models.ts'
import { render } from '../../http/views.ts'
import { waitMessage } from '../../http/wait-message.ts'
import { findInteraction } from '../../sessions/interaction.ts'
import { secondsUntil } from '../../throttling/waiting.ts'
import { type Message, message } from '../../words/message.ts'
import { codePath } from './proof.ts'
import type { CodePurpose } from './purposes.ts'

/** A mail takes that long, now and then; who presses the button before has one mail too many. */
const PATIENCE: Duration = MINUTE
/** How often the page looks whether the link was opened, in seconds. */
const LOOKS_AGAIN = '5'

export const typePurpose = (id: string): string => `code/type/${id}`
export const againPurpose = (id: string): string => `code/again/${id}`
export const linkPurpose = (handle: string): string => `code/link/${handle}`

/** The query of the page without a field. */
const LINK = 'link'
/** And of the page after another mail was sent. */
export const SENT_AGAIN = '?mail=again'

export interface CodePage {
  readonly record: CodeRecord
  readonly pages: CodePurpose
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** The browser that is here; it gets its cookie now if it has none. */
export function placeHere(deps: Deps, { record, request, reply }: Omit<CodePage, 'pages'>): Place & { secret: string } {
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  return { secret, browserHash: browserHash(secret), interactionId: record.interactionId }
}

export const mayAskAgain = ({ clock }: Pick<Deps, 'clock'>, { createdAt }: CodeRecord): boolean =>
  clock.now() >= createdAt + PATIENCE

export interface CodePageMessages {
  readonly status: number
  readonly errors: CodeErrors
  /** Nothing more can come of this code: another one may be asked for at once. */
  readonly isOver?: boolean
}

export async function showTyping(
  deps: Deps,
  { record, pages, request, reply, messages }: CodePage & { readonly messages?: CodePageMessages },
): Promise<FastifyReply> {
  const { secret } = placeHere(deps, { record, request, reply })
  const { client, target } = await askingClient(deps, record, request)
  const query = readQuery(request)
  const canWait = PURPOSES[record.purpose].elsewhere === 'confirms'
  const isWaiting = canWait && query.find('way') === LINK && messages === undefined
  const isNow = messages?.isOver === true || mayAskAgain(deps, record)
  if (isWaiting) reply.header('refresh', LOOKS_AGAIN)
  allowPage(reply, target, imagesOf(client))
  const { to, label } = pages.back(record)
  return render(reply.code(messages?.status ?? 200), 'mailed-code', {
    installation: deps.config.name,
    client,
    ...pages.typing(record),
    form: { action: codePath(deps, record, '/type'), csrf: formToken(secret, typePurpose(record.id)) },
    isWaiting,
    otherWay: canWait ? codePath(deps, record, isWaiting ? '' : `?way=${LINK}`) : undefined,
    again: isNow
      ? { action: codePath(deps, record, '/again'), csrf: formToken(secret, againPurpose(record.id)) }
      : undefined,
    wait: isNow ? undefined : waitMessage(secondsUntil(record.createdAt + PATIENCE, deps.clock.now())),
    back: { url: pathBelow(deps.issuer, to), label },
    notice: query.find('mail') === 'again' && messages === undefined ? message('code.sent_again') : undefined,
    errors: messages?.errors ?? {},
    hasErrors: messages !== undefined,
    errorId: messages === undefined ? undefined : request.id,
  })
}

export async function showLink(
  deps: Deps,
  {
    record,
    pages,
    request,
    reply,
    ...link
  }: CodePage & { readonly handle: string; readonly isElsewhere: boolean; readonly error?: Message },
): Promise<FastifyReply> {
  const { secret } = placeHere(deps, { record, request, reply })
  const { client, target } = await askingClient(deps, record, request)
  allowPage(reply, target, imagesOf(client))
  return render(reply.code(link.error === undefined ? 200 : 403), 'mailed-link', {
    installation: deps.config.name,
    ...(await pages.opened(deps, { record, request })),
    client,
    // Written by mailed-code.ts.
    device: deviceInWords((record.details['device'] ?? {}) as Device),
    at: new Date(record.createdAt),
    form: {
      action: codePath(deps, { id: link.handle }, '/use'),
      csrf: formToken(secret, linkPurpose(link.handle)),
    },
    isElsewhere: link.isElsewhere,
    error: link.error,
    errorId: link.error === undefined ? undefined : request.id,
  })
}

/** Of the sign-in that it was asked for at; undefined: none, or nothing is known of it any more. */
export async function askingClient(
  deps: Deps,
  { interactionId }: CodeRecord,
  request: FastifyRequest,
): Promise<{ client?: ClientView; target?: string }> {
  const interaction = interactionId === undefined ? undefined : await findInteraction(deps, interactionId)
  if (interaction?.clientId === undefined) return {}
  const asked = await readParkedAuthorization(deps, interaction.parameters).catch(() => undefined)
  if (asked === undefined) return {}
  request.askedAs = asked.encoded
  return { client: askingClientView(asked.client, asked.target.uri, request.language), target: asked.target.uri }
}
