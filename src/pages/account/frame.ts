/** What every page of one's own account has around it: whose it is, and the way to the others. A new page is one line here. */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../../deps.ts'
import { accountView } from '../../http/account-view.ts'
import type { AccountFrameView } from '../../http/account-view-models.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import type { Account } from '../../storage/storage.ts'
import { message, type WordKey } from '../../words/message.ts'
import { isEmailPageThere } from './email-offer.ts'
import { isOpenTo } from './second-factor-offer.ts'

type FrameDeps = Pick<Deps, 'issuer' | 'config' | 'storage'>

interface AccountPage {
  readonly path: string
  /** What the navigation calls it. */
  readonly name: WordKey
  /** Whether it is there, in this configuration and for this account; left out: always. */
  readonly isThere?: (deps: FrameDeps, account: Account) => boolean | Promise<boolean>
}

/** In the order of the navigation. */
export const ACCOUNT_PAGES: readonly AccountPage[] = [
  { path: PAGES.profile, name: 'account.profile' },
  { path: PAGES.password, name: 'account.password' },
  { path: PAGES.passkeys, name: 'account.passkeys', isThere: (deps) => deps.config.passkeys !== undefined },
  { path: PAGES.email, name: 'account.email', isThere: isEmailPageThere },
  {
    path: PAGES.totp,
    name: 'account.totp',
    isThere: async (deps, account) =>
      isOpenTo(deps, account) || (await deps.storage.totps.find(account.id)) !== undefined,
  },
  { path: PAGES.sessions, name: 'account.sessions' },
  {
    path: PAGES.linked,
    name: 'account.linked',
    isThere: async (deps, account) =>
      deps.config.upstream.length > 0 || (await deps.storage.upstreamIdentities.ofAccount(account.id)).length > 0,
  },
  { path: PAGES.accountApps, name: 'account.access' },
  { path: PAGES.accountActivity, name: 'account.activity' },
  { path: PAGES.accountData, name: 'account.data' },
]

/** @param here the page's own path, below the issuer */
export async function accountFrame(deps: FrameDeps, account: Account, here: string): Promise<AccountFrameView> {
  const there = await pagesOf(deps, account)
  return {
    installation: deps.config.name,
    account: accountView(account),
    nav: [
      { url: pathBelow(deps.issuer, PAGES.home), name: message('account.apps'), isHere: false },
      ...there.map(({ path, name }) => ({
        url: pathBelow(deps.issuer, path),
        name: { key: name },
        isHere: path === here,
      })),
      { url: pathBelow(deps.issuer, PAGES.accounts), name: message('accounts.switch'), isHere: false },
    ],
  }
}

/** The address of the first of them, for who is on the home page. */
export async function accountUrl(deps: FrameDeps, account: Account): Promise<string | undefined> {
  const [first] = await pagesOf(deps, account)
  return first && pathBelow(deps.issuer, PAGES.account)
}

async function pagesOf(deps: FrameDeps, account: Account): Promise<readonly AccountPage[]> {
  const there = await Promise.all(ACCOUNT_PAGES.map(({ isThere }) => isThere?.(deps, account) ?? true))
  return ACCOUNT_PAGES.filter((_, at) => there[at])
}

/** `/account` by itself, as it is typed or kept as a bookmark. */
export function accountHome(app: FastifyInstance, deps: Deps): void {
  app.get(PAGES.account, (_request, reply) => reply.redirect(pathBelow(deps.issuer, PAGES.profile), 303))
}
