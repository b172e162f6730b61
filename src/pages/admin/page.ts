/** What each page for admins is given, what it gives back, and how that is shown. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuditContext } from '../../audit/audit.ts'
import type { Timestamp } from '../../base/clock.ts'
import type { AdminConfig } from '../../config/config.ts'
import type { Deps } from '../../deps.ts'
import type { AdminConfirmView, AdminSearch, AdminSection } from '../../http/admin-view-models.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { allowAdminPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { visible } from '../../http/visible-text.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import type { SignedIn } from '../../sessions/session.ts'

/** Who asks was let in. */
export interface AdminRequest {
  readonly deps: Deps
  readonly admin: AdminConfig
  readonly signedIn: SignedIn
  readonly query: Parameters
  readonly now: Timestamp
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export interface AdminPage {
  readonly title: string
  readonly lead?: string | undefined
  readonly done?: string | undefined
  readonly search?: AdminSearch
  readonly sections: readonly AdminSection[]
  readonly isInColumns?: boolean
  /** Whose account or which client it is about, for the audit. */
  readonly about?: string
}

/** Undefined: there is nothing of that name. Only reads. */
export type ShowPage = (asked: AdminRequest) => Promise<AdminPage | undefined>

/** Who did it is the admin, whosever account or delivery it was. */
export const byAdmin = ({ request, signedIn }: Pick<AdminRequest, 'request' | 'signedIn'>): AuditContext => ({
  ...{ log: request.log, id: request.id, ip: request.ip, flowId: request.flowId, headers: request.headers },
  actor: `account:${signedIn.account.id}`,
})

/** In the order of the navigation; below `PAGES.admin`. */
const SECTIONS = [
  { label: 'Overview', path: '', pages: [''] },
  { label: 'Clients', path: '/clients', pages: ['/clients', '/client'] },
  { label: 'People', path: '/people', pages: ['/people', '/account'] },
  { label: 'Keys', path: '/keys', pages: ['/keys'] },
  { label: 'Deliveries', path: '/deliveries', pages: ['/deliveries', '/delivery'] },
  { label: 'Refusals', path: '/refusals', pages: ['/refusals', '/refusal'] },
] as const

/** The address of a page for admins; values are encoded, so that none of them can lead elsewhere. */
export function adminPath(
  { issuer }: Pick<Deps, 'issuer'>,
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => (pair[1] ?? '') !== '')
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`
  return `${pathBelow(issuer, `${PAGES.admin}${path}`)}${search}`
}

const frame = ({ deps, signedIn }: AdminRequest, path: string) => ({
  installation: deps.config.name,
  username: signedIn.account.username,
  homeUrl: pathBelow(deps.issuer, PAGES.home),
  nav: SECTIONS.map(({ label, path: at, pages }) => ({
    label,
    href: adminPath(deps, at),
    isHere: pages.some((page) => page === path || (page !== '' && path.startsWith(`${page}/`))),
  })),
})

/** @param path its own, below `PAGES.admin` */
export function showAdmin(asked: AdminRequest, path: string, page: AdminPage): Promise<FastifyReply> {
  const { title, lead, done, search, sections, isInColumns = false } = page
  allowAdminPage(asked.reply)
  return render(
    asked.reply,
    'admin',
    visible({ ...frame(asked, path), title, lead, done, search, sections, isInColumns }),
  )
}

export type Question = Pick<AdminConfirmView, 'title' | 'consequences' | 'form' | 'button' | 'backUrl'>

export function showQuestion(asked: AdminRequest, path: string, question: Question): Promise<FastifyReply> {
  allowAdminPage(asked.reply)
  return render(asked.reply, 'admin-confirm', visible({ ...frame(asked, path), ...question }))
}
