/** What people are told about their own safety on the home page, and how they put it away. */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { formToken } from '../http/browser.ts'
import { readGuardedForm } from '../http/form-guard.ts'
import { pathParameter } from '../http/path-parameter.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import type { NoticeView } from '../http/view-models.ts'
import type { Client } from '../protocol/client.ts'
import { nameIn } from '../protocol/client-name.ts'
import { findSignedIn, type SignedIn } from '../sessions/session.ts'
import type { Language } from '../words/language.ts'

/** The rest comes when these were dismissed. */
const MOST = 3

/** @param shown the secret of the browser that gets the page, and the language that it is in */
export async function noticesFor(
  deps: Pick<Deps, 'issuer' | 'storage' | 'clients'>,
  { session, account }: SignedIn,
  { secret, language }: { readonly secret: string; readonly language: Language },
): Promise<readonly NoticeView[]> {
  const notices = await deps.storage.securityNotices.ofAccount(account.id, MOST)
  return Promise.all(
    notices.map(async (notice) => ({
      client: nameOf(await deps.clients.find(notice.clientId), language) ?? notice.clientId,
      at: new Date(notice.createdAt),
      dismiss: {
        action: pathBelow(deps.issuer, `${PAGES.notices}/${notice.id}/dismiss`),
        csrf: formToken(secret, dismissPurpose(notice.id, session.id)),
      },
    })),
  )
}

const nameOf = (client: Client | undefined, { tag }: Language) => client && nameIn(client.metadata, tag)

const dismissPurpose = (noticeId: string, sessionId: string): string => `dismiss-notice/${noticeId}/${sessionId}`

export function notices(app: FastifyInstance, deps: Deps): void {
  app.post(`${PAGES.notices}/:notice/dismiss`, async (request, reply) => {
    const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
    const id = pathParameter(request, 'notice')
    const { isOurs } = readGuardedForm(deps, request, dismissPurpose(id, signedIn?.session.id ?? ''))
    if (isOurs && signedIn) await deps.storage.securityNotices.dismiss(id, signedIn.account.id, deps.clock.now())
    return reply.redirect(pathBelow(deps.issuer, PAGES.home), 303)
  })
}
