/** What is kept about somebody, as a file for themselves; and the way to have it removed. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { type Duration, MINUTE } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { requireFresh } from '../interaction/own-page.ts'
import { collectedData } from './collected-data.ts'
import { accountFrame } from './frame.ts'
import { mayRemove } from './remove.ts'

/** A browser that was left open must not hand out everything. */
const FRESH: Duration = 15 * MINUTE

const FILE = `${PAGES.accountData}/account.json`

export function accountData(app: FastifyInstance, deps: Deps): void {
  const fresh = { to: PAGES.accountData, maxAge: FRESH, acr: 'aal2' }

  app.get(PAGES.accountData, async (request, reply) => {
    const signedIn = await requireFresh(deps, { request, reply }, fresh)
    if ('answered' in signedIn) return signedIn.answered
    const { account } = signedIn
    allowPage(reply)
    return render(reply, 'account-data', {
      ...(await accountFrame(deps, account, PAGES.accountData)),
      file: pathBelow(deps.issuer, FILE),
      remove: mayRemove(deps, account) === 'yes' ? pathBelow(deps.issuer, PAGES.accountRemove) : undefined,
    })
  })

  // It changes nothing, so it may be a link; who has to sign in first comes back to the page.
  app.get(FILE, async (request, reply) => {
    const signedIn = await requireFresh(deps, { request, reply }, fresh)
    if ('answered' in signedIn) return signedIn.answered
    const { account } = signedIn
    await deps.audit.recordNow({ kind: 'account_data_exported', accountId: account.id }, request)
    return reply
      .type('application/json; charset=utf-8')
      .header('content-disposition', 'attachment; filename="account.json"')
      .send(Readable.from(collectedData(deps, account), { objectMode: false }))
  })
}
