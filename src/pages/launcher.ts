/** The apps that somebody may go to from here: those that the operator wants first, those that they use, then the rest by name. */
import type { Deps } from '../deps.ts'
import { clientView, imagesOf } from '../http/client-view.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import type { ClientView, LauncherView } from '../http/view-models.ts'
import type { Client } from '../protocol/client.ts'
import { startOf } from '../protocol/initiate-login.ts'
import type { Account } from '../storage/storage.ts'
import type { Language } from '../words/language.ts'

/** More than that are on the next page: one that has everything weighs too much, and nobody finds anything on it. */
const MOST = 12
/** What they may weigh together, of the 14 kB that a page may have. */
const ROOM = 2_500
/** What else is on the page may take that much of it, each. */
const NOTICE = 600
/** The element of one app, without what is in it. */
const ELEMENT = 150
/** Longer ones are rather not shown. */
const LONGEST_LOGO = 300
/** Sign-ons that are looked at for what somebody uses. */
const MOST_SIGN_ONS = 100

export interface LauncherRequest {
  readonly account: Account
  readonly language: Language
  /** As it came: how many apps were on the pages before. */
  readonly from: string | undefined
  /** How many notices stand above them. */
  readonly notices: number
}

export async function launcherFor(
  deps: Deps,
  { account, language, from, notices }: LauncherRequest,
): Promise<LauncherView> {
  const { issuer, storage, clock } = deps
  const apps = deps.clients.list().filter((client) => isShown(client) && startOf(client, issuer) !== undefined)
  if (apps.length === 0) return NOTHING
  const signOns = await storage.grants.signOnsOf(account.id, { now: clock.now(), limit: MOST_SIGN_ONS })
  const views = inOrder(apps, [...new Set(signOns.map(({ clientId }) => clientId))]).map((client) =>
    viewOf(client, { language, issuer }),
  )
  const before = /^\d{1,4}$/.test(from ?? '') ? Math.min(Number(from), views.length - 1) : 0
  const clients = whatFits(views.slice(before), ROOM - notices * NOTICE)
  const next = before + clients.length
  const home = pathBelow(issuer, PAGES.home)
  return {
    clients,
    first: before === 0 ? undefined : home,
    more: next === views.length ? undefined : `${home}?from=${next}`,
  }
}

const NOTHING: LauncherView = { clients: [], first: undefined, more: undefined }

const isShown = ({ launcherOrder }: Client): boolean => launcherOrder !== undefined

/** @param used the ids of those that somebody has signed on to, the last one first */
function inOrder(clients: readonly Client[], used: readonly string[]): readonly Client[] {
  const place = new Map(used.map((id, at) => [id, at]))
  const placeOf = ({ id }: Client): number => place.get(id) ?? used.length
  const byName = new Intl.Collator()
  return clients.toSorted(
    (a, b) =>
      (a.launcherOrder ?? 0) - (b.launcherOrder ?? 0) ||
      placeOf(a) - placeOf(b) ||
      byName.compare(a.metadata.client_name, b.metadata.client_name),
  )
}

function viewOf(client: Client, { language, issuer }: { language: Language; issuer: string }): ClientView {
  const { name } = clientView(client, language)
  const { logo_uri: logo = '' } = client.metadata
  return { name, uri: startOf(client, issuer), logo: logo.length <= LONGEST_LOGO ? logo || undefined : undefined }
}

/** At least one. */
function whatFits(views: readonly ClientView[], room: number): readonly ClientView[] {
  let left = room
  const tooMuch = views.slice(0, MOST).findIndex(({ name, uri = '', logo = '' }, at) => {
    left -= ELEMENT + [name, uri, logo].reduce((sum, text) => sum + weight(text), 0)
    return left < 0 && at > 0
  })
  return views.slice(0, tooMuch === -1 ? MOST : tooMuch)
}

/** In bytes, as the page has it. */
const weight = (text: string): number => Buffer.byteLength(text.replaceAll(/[&<>"'`=]/g, '&#x3D;'))

/** What the policy of the page must allow for them. */
export const imagesOfAll = ({ clients }: LauncherView): { images: readonly string[] } => ({
  images: clients.flatMap((client) => imagesOf(client).images),
})
