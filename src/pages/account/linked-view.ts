/** The page of the providers that sign one in to one's account. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasOtherWay } from '../../accounts/other-ways.ts'
import type { Deps } from '../../deps.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Session } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'
import { plainProvider } from '../interaction/upstream-view.ts'
import { accountFrame } from './frame.ts'

export const linkPurpose = ({ id }: Session): string => `linked/link/${id}`
export const unlinkPurpose = (identity: string, { id }: Session): string => `linked/unlink/${identity}/${id}`

interface Page {
  readonly signedIn: SignedIn
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** What was done just now. */
  readonly done?: string | undefined
  readonly refused?: { readonly status: number; readonly words: Message } | undefined
}

/** Of one person; an account with more was not made by people. */
const MOST = 20

const DONE = { linked: message('linked.done_linked'), unlinked: message('linked.done_unlinked') } as const

export async function showLinked(deps: Deps, page: Page): Promise<FastifyReply> {
  const { signedIn, request, reply, done, refused } = page
  const { account, session } = signedIn
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  const at = (path: string): string => pathBelow(deps.issuer, `${PAGES.linked}/${path}`)
  const identities = (await deps.storage.upstreamIdentities.ofAccount(account.id)).slice(0, MOST)
  const isUsable = (issuer: string): boolean => deps.upstream.ofIssuer(issuer) !== undefined
  const rows = identities.map(async (identity) => {
    const { id, issuer, label, linkedAt, lastUsedAt } = identity
    return {
      ...{ provider: deps.upstream.ofIssuer(issuer)?.name ?? URL.parse(issuer)?.host ?? issuer, label },
      ...{ linkedAt: new Date(linkedAt), lastUsedAt: new Date(lastUsedAt), isUsable: isUsable(issuer) },
      unlink: (await hasOtherWay(deps, account, { beside: identity, isUsable }))
        ? { action: at(`unlink?id=${encodeURIComponent(id)}`), csrf: formToken(secret, unlinkPurpose(id, session)) }
        : undefined,
    }
  })
  const others = deps.upstream.all.filter(({ issuer }) => !identities.some((one) => one.issuer === issuer))
  const images = others.flatMap(({ logoUri }) => logoUri ?? [])
  allowPage(reply, plainProvider(deps), { images })
  return render(reply.code(refused?.status ?? 200), 'account-linked', {
    ...(await accountFrame(deps, account, PAGES.linked)),
    identities: await Promise.all(rows),
    link: others.length === 0 ? undefined : { action: at('link'), csrf: formToken(secret, linkPurpose(session)) },
    providers: others.map(({ id, name, logoUri }) => ({ id, name, logo: logoUri })),
    done: done === 'linked' || done === 'unlinked' ? DONE[done] : undefined,
    refused: refused?.words,
    errorId: refused === undefined ? undefined : request.id,
  })
}
