/** The page of where somebody is signed in: each browser, what was reached from it, and what apps were told of the end of others. */
import type { FastifyReply } from 'fastify'
import { DAY, type Duration } from '../../base/duration.ts'
import { shownNetwork } from '../../base/shown-network.ts'
import type { Deps } from '../../deps.ts'
import type { SessionView } from '../../http/account-view-models.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { deviceMessage } from '../../http/device.ts'
import { readQuery } from '../../http/form.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { allowPage } from '../../http/security-headers.ts'
import type { FormView } from '../../http/view-models.ts'
import { render } from '../../http/views.ts'
import { MULTI_FACTOR } from '../../protocol/acr.ts'
import { nameIn } from '../../protocol/client-name.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Delivery, Session, SignOn } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'
import { accountFrame } from './frame.ts'

/** Ends one of them, or all but one; both are forms of the page that this session sees. */
export const endPurpose = ({ session }: SignedIn): string => `end-session/${session.id}`
export const endOthersPurpose = ({ session }: SignedIn): string => `end-others/${session.id}`

/** Beside the one that sees the page. */
const PER_PAGE = 4
/** Nobody looks through more; all others can be ended at once. */
const MOST = 100
const MOST_SIGN_ONS = 200
const MOST_APPS = 3
const LONGEST_NAME = 32
const MOST_TOLD = 3
const TOLD_FOR: Duration = DAY

export async function showSessions(
  deps: Deps,
  { signedIn, reply, done }: { signedIn: SignedIn; reply: FastifyReply; done: Message | undefined },
): Promise<FastifyReply> {
  const { account, session } = signedIn
  const { request } = reply
  const now = deps.clock.now()
  const [all, signOns, told] = await Promise.all([
    deps.storage.sessions.ofAccount(account.id, { now, limit: MOST }),
    deps.storage.grants.signOnsOf(account.id, { now, limit: MOST_SIGN_ONS }),
    deps.storage.deliveries.ofAccount(account.id, { kind: 'logout', since: now - TOLD_FOR, limit: MOST_TOLD }),
  ])
  const others = all.filter(({ id }) => id !== session.id)
  const from = readQuery(request).find('from') ?? ''
  const before = /^\d{1,3}$/.test(from) ? Math.min(Number(from), Math.max(0, others.length - 1)) : 0
  const next = before + PER_PAGE
  const shown = [...(before === 0 ? [session] : []), ...others.slice(before, next)]
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  const page = pathBelow(deps.issuer, PAGES.sessions)
  const form = (path: string, purpose: string): FormView => ({
    action: `${page}/${path}`,
    csrf: formToken(secret, purpose),
  })
  const nameOf = namesFrom(deps, request.language.tag)
  allowPage(reply)
  return render(reply, 'account-sessions', {
    ...(await accountFrame(deps, account, PAGES.sessions)),
    sessions: await Promise.all(shown.map((one) => viewOf(one, { isThis: one.id === session.id, signOns, nameOf }))),
    form: form('end', endPurpose(signedIn)),
    endOthers: others.length === 0 ? undefined : form('end-others', endOthersPurpose(signedIn)),
    first: before === 0 ? undefined : page,
    more: next < others.length ? `${page}?from=${next}` : undefined,
    told: await Promise.all(told.map((delivery) => toldOf(delivery, nameOf))),
    done,
    problems: [],
    errorId: undefined,
  })
}

type NameOf = (clientId: string) => Promise<string>

/** Each is asked for once. */
function namesFrom({ clients }: Pick<Deps, 'clients'>, tag: string): NameOf {
  const names = new Map<string, Promise<string>>()
  const find = async (clientId: string): Promise<string> => {
    const client = await clients.find(clientId)
    return shortened(client === undefined ? clientId : nameIn(client.metadata, tag))
  }
  return (clientId) => {
    const name = names.get(clientId) ?? find(clientId)
    names.set(clientId, name)
    return name
  }
}

const shortened = (name: string): string =>
  Array.from(name).length > LONGEST_NAME ? `${Array.from(name).slice(0, LONGEST_NAME).join('')}…` : name

interface Around {
  readonly isThis: boolean
  readonly signOns: readonly SignOn[]
  readonly nameOf: NameOf
}

async function viewOf(session: Session, { isThis, signOns, nameOf }: Around): Promise<SessionView> {
  const { id, userAgent, address, amr } = session
  const network = address === undefined ? undefined : shownNetwork(address)
  return {
    id,
    device: deviceMessage(userAgent),
    isThis,
    lines: [
      ...(network === undefined ? [] : [message('sessions.network', { network })]),
      message('sessions.begun', { at: new Date(session.authenticatedAt), how: howOf(amr) }),
      ...(isThis ? [] : [message('sessions.used', { at: new Date(session.lastSeenAt) })]),
      await appsOf(
        signOns.filter(({ sessionId }) => sessionId === id).map(({ clientId }) => clientId),
        nameOf,
      ),
    ],
  }
}

/** RFC 8176 */
function howOf(amr: readonly string[]): Message {
  if (['pop', 'hwk', 'swk'].some((one) => amr.includes(one))) return message('sessions.by_passkey')
  if (amr.includes(MULTI_FACTOR)) return message('sessions.by_two')
  return amr.includes('pwd') ? message('sessions.by_password') : message('sessions.by_other')
}

async function appsOf(clientIds: readonly string[], nameOf: NameOf): Promise<Message> {
  if (clientIds.length === 0) return message('sessions.no_apps')
  const apps = await Promise.all(clientIds.slice(0, MOST_APPS).map(nameOf))
  const count = clientIds.length - apps.length
  return count === 0 ? message('sessions.apps', { apps }) : message('sessions.apps_more', { apps, count })
}

async function toldOf(
  { clientId = '', lastFailure, deliveredAt, givenUpAt }: Delivery,
  nameOf: NameOf,
): Promise<Message> {
  const client = await nameOf(clientId)
  if (deliveredAt !== undefined) return message('sessions.told_at', { client, at: new Date(deliveredAt) })
  if (givenUpAt !== undefined) return message('sessions.untold', { client })
  return lastFailure === undefined ? message('sessions.telling', { client }) : message('sessions.retrying', { client })
}
