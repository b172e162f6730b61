/** The apps that have access to one's account: which they are, what each may do, and how it is taken away. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { removeAccess } from '../../authorization/remove-access.ts'
import type { Deps } from '../../deps.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { clientView, imagesOf } from '../../http/client-view.ts'
import { readQuery } from '../../http/form.ts'
import { readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { allowPage } from '../../http/security-headers.ts'
import type { ClientView } from '../../http/view-models.ts'
import { render } from '../../http/views.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Session } from '../../storage/storage.ts'
import type { Language } from '../../words/language.ts'
import { type Message, message } from '../../words/message.ts'
import { type Access, accessOf, accessOfClient, withClient, wordingsOf } from './access.ts'
import { type Row, whatFits } from './fitting.ts'
import { accountFrame } from './frame.ts'
import { requireSignedIn } from './signed-in.ts'

/** The elements of one app in the list, without what is said in them. */
const ELEMENT = 170
const MOST_APPS = 10
/** Of one app; the rest is counted. */
const MOST_WORDINGS = 20

const DETAIL = `${PAGES.accountApps}/app`
const REMOVE = `${PAGES.accountApps}/remove`

/** Bound to the app: a form that was open for one takes nothing from another. */
const purposeOf = (clientId: string, session: Session): string => `apps/remove/${clientId}/${session.id}`

interface Page {
  readonly signedIn: SignedIn
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export function apps(app: FastifyInstance, deps: Deps): void {
  const list = (query = '') => `${pathBelow(deps.issuer, PAGES.accountApps)}${query}`

  app.get(PAGES.accountApps, async (request, reply) => {
    const signedIn = await requireSignedIn(deps, { request, reply }, PAGES.accountApps)
    return 'answered' in signedIn ? signedIn.answered : showApps(deps, { signedIn, request, reply })
  })

  app.get(DETAIL, async (request, reply) => {
    const id = readQuery(request).find('id') ?? ''
    const signedIn = await requireSignedIn(deps, { request, reply }, `${DETAIL}?${new URLSearchParams({ id })}`)
    if ('answered' in signedIn) return signedIn.answered
    const access = await accessOfClient(deps, signedIn.account.id, id)
    // It has gone meanwhile, or was never there: the list says which are.
    return access === undefined ? reply.redirect(list(), 303) : showApp(deps, access, { signedIn, request, reply })
  })

  app.get(REMOVE, (_request, reply) => reply.redirect(list(), 303))
  app.post(REMOVE, async (request, reply) => {
    const signedIn = await requireSignedIn(deps, { request, reply }, PAGES.accountApps)
    if ('answered' in signedIn) return signedIn.answered
    const { account, session } = signedIn
    const clientId = readQuery(request).find('id') ?? ''
    const { failed } = readGuardedForm(deps, request, purposeOf(clientId, session))
    if (failed) {
      tellNotOurs(deps, request, failed)
      return reply.redirect(pathOfApp(deps, clientId), 303)
    }
    const isRemoved = await removeAccess(deps, { accountId: account.id, clientId }, request)
    return reply.redirect(list(isRemoved ? '?done=removed' : ''), 303)
  })
}

const pathOfApp = ({ issuer }: Pick<Deps, 'issuer'>, id: string, path = DETAIL): string =>
  `${pathBelow(issuer, path)}?${new URLSearchParams({ id })}`

const nameOf = ({ client, clientId }: Access, language: Language): ClientView =>
  client === undefined ? { name: clientId } : clientView(client, language)

async function showApps(deps: Deps, { signedIn: { account }, request, reply }: Page): Promise<FastifyReply> {
  const { language } = request
  const query = readQuery(request)
  const all = await accessOf(deps, account.id)
  const from = startIn(all.length, query.find('from'))
  const some = await Promise.all(all.slice(from, from + MOST_APPS).map((access) => withClient(deps, access)))
  const views = some.map((access) => viewOf(deps, access, language))
  const apps = whatFits(views, { most: MOST_APPS, language, rowOf: weighed })
  const here = pathBelow(deps.issuer, PAGES.accountApps)
  allowPage(reply)
  return render(reply, 'account-apps', {
    ...(await accountFrame(deps, account, PAGES.accountApps)),
    done: query.find('done') === 'removed' ? message('apps.removed') : undefined,
    apps,
    first: from === 0 ? undefined : here,
    more: from + apps.length < all.length ? `${here}?from=${from + apps.length}` : undefined,
  })
}

/** How many were on the pages before; where nothing would be left it begins anew. */
function startIn(count: number, text: string | undefined): number {
  const from = /^\d{1,4}$/.test(text ?? '') ? Number(text) : 0
  return from < count ? from : 0
}

const viewOf = (deps: Pick<Deps, 'issuer'>, access: Access, language: Language) => ({
  name: nameOf(access, language).name,
  url: pathOfApp(deps, access.clientId),
  since: new Date(access.since),
  last: access.lastAt === undefined ? undefined : new Date(access.lastAt),
  staysConnected: access.staysConnected,
})

const weighed = ({ name, url, since, last, staysConnected }: ReturnType<typeof viewOf>): Row => ({
  element: ELEMENT,
  texts: [name, url],
  said: [
    message('apps.since', { at: since }),
    last && message('apps.last', { at: last }),
    staysConnected ? message('apps.stays_connected') : undefined,
  ],
})

async function showApp(deps: Deps, access: Access, page: Page): Promise<FastifyReply> {
  const { signedIn, request, reply } = page
  const { account, session } = signedIn
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  const wordings = wordingsOf(deps, access, account).map(({ title }) => title)
  const fits = {
    most: MOST_WORDINGS,
    language: request.language,
    rowOf: (title: Message) => ({ element: 25, said: [title] }),
  }
  const scopes = whatFits(wordings, fits)
  const { name, uri, policyUri, tosUri } = nameOf(access, request.language)
  const client = { name, uri, policyUri, tosUri, logo: access.client?.metadata.logo_uri }
  allowPage(reply, undefined, imagesOf(client))
  return render(reply, 'account-app', {
    ...(await accountFrame(deps, account, PAGES.accountApps)),
    client,
    since: new Date(access.since),
    last: access.lastAt === undefined ? undefined : new Date(access.lastAt),
    staysConnected: access.staysConnected,
    scopes,
    moreScopes: wordings.length - scopes.length,
    // It is let in without a question (first_party).
    comesBack: access.client?.isFirstParty ?? false,
    remove: {
      action: pathOfApp(deps, access.clientId, REMOVE),
      csrf: formToken(secret, purposeOf(access.clientId, session)),
    },
    back: pathBelow(deps.issuer, PAGES.accountApps),
  })
}
