/** The pages for admins: every address, who is let in, and that each look is told to the audit. */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../../deps.ts'
import { PAGES } from '../../http/paths.ts'
import { signInFirst } from '../interaction/own-page.ts'
import { account } from './account.ts'
import { type Action, ask, doIt } from './action.ts'
import { client } from './client.ts'
import { clients } from './clients.ts'
import { deliveries } from './deliveries.ts'
import { endOneSession } from './end-session.ts'
import { letIn, notThere } from './guard.ts'
import { keys } from './keys.ts'
import { overview } from './overview.ts'
import { type ShowPage, showAdmin } from './page.ts'
import { people } from './people.ts'
import { refusal } from './refusal.ts'
import { refusals } from './refusals.ts'
import { retryDelivery } from './retry-delivery.ts'
import { signOutAccount } from './sign-out-account.ts'

/** Below `PAGES.admin`. */
const PAGES_BY_PATH: Readonly<Record<string, ShowPage>> = {
  '': overview,
  '/clients': clients,
  '/client': client,
  '/people': people,
  '/account': account,
  '/keys': keys,
  '/deliveries': deliveries,
  '/refusals': refusals,
  '/refusal': refusal,
}

/** All that an admin can do here; only where `admin.actions` says so. */
const ACTIONS: Readonly<Record<string, Action>> = {
  '/account/sign-out': signOutAccount,
  '/account/end-session': endOneSession,
  '/delivery/retry': retryDelivery,
}

export function admin(app: FastifyInstance, deps: Deps): void {
  for (const [path, show] of Object.entries(PAGES_BY_PATH)) {
    app.get(`${PAGES.admin}${path}`, async (request, reply) => {
      const asked = await letIn(deps, { request, reply }, () => signInFirst(deps, request, reply))
      if ('answered' in asked) return asked.answered
      const page = await show(asked)
      if (page === undefined) return notThere(reply)
      const { about } = page
      const { id: accountId } = asked.signedIn.account
      const looked = { kind: 'admin_opened', accountId, page: path === '' ? '/' : path } as const
      deps.audit.record({ ...looked, ...(about !== undefined && { about }) }, request)
      return showAdmin(asked, path, page)
    })
  }
  if (deps.config.admin?.hasActions !== true) return
  for (const [path, action] of Object.entries(ACTIONS)) {
    app.get(`${PAGES.admin}${path}`, (request, reply) => ask(deps, { path, action, request, reply }))
    app.post(`${PAGES.admin}${path}`, (request, reply) => doIt(deps, { path, action, request, reply }))
  }
}
