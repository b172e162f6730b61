/** What people are told about their own safety on the home page, and how they put it away. */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { formToken } from '../http/browser.ts'
import { readGuardedForm } from '../http/form-guard.ts'
import { pathParameter } from '../http/path-parameter.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import type { NoticeView } from '../http/view-models.ts'
import { findSignedIn, type SignedIn } from '../sessions/session.ts'
import type { SecurityNotice } from '../storage/storage.ts'

/** The rest comes when these were dismissed. */
const MOST = 5

/** @param secret of the browser that gets the page */
export async function noticesFor(
  deps: Pick<Deps, 'issuer' | 'storage' | 'clients'>,
  { session, account }: SignedIn,
  secret: string,
): Promise<readonly NoticeView[]> {
  const notices = await deps.storage.securityNotices.ofAccount(account.id, MOST)
  return Promise.all(
    notices.map(async (notice) => ({
      client: (await deps.clients.find(notice.clientId))?.metadata.client_name ?? notice.clientId,
      ...momentOf(notice),
      dismiss: {
        action: pathBelow(deps.issuer, `${PAGES.notices}/${notice.id}/dismiss`),
        csrf: formToken(secret, dismissPurpose(notice.id, session.id)),
      },
    })),
  )
}

const dismissPurpose = (noticeId: string, sessionId: string): string => `dismiss-notice/${noticeId}/${sessionId}`

let words: Intl.DateTimeFormat | undefined

/** Nobody's browser says which time zone it is in. Made at the first notice: what it is made of takes six megabytes. */
function inWords(at: Date): string {
  words ??= new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `${words.format(at)} UTC`
}

function momentOf({ createdAt }: SecurityNotice): Pick<NoticeView, 'at' | 'when'> {
  const at = new Date(createdAt)
  return { at: at.toISOString(), when: inWords(at) }
}

export function notices(app: FastifyInstance, deps: Deps): void {
  app.post(`${PAGES.notices}/:notice/dismiss`, async (request, reply) => {
    const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
    const id = pathParameter(request, 'notice')
    const { isOurs } = readGuardedForm(deps, request, dismissPurpose(id, signedIn?.session.id ?? ''))
    if (isOurs && signedIn) await deps.storage.securityNotices.dismiss(id, signedIn.account.id, deps.clock.now())
    return reply.redirect(pathBelow(deps.issuer, PAGES.home), 303)
  })
}
