/** The signing keys, and who has not fetched the next ones yet. */
import type { AdminSection, AdminText } from '../../http/admin-view-models.ts'
import { type KeyUser, keyUsers, type Outlook, outlooks, readSightings } from '../../keys/key-users.ts'
import { rotationPolicy } from '../../keys/rotation-policy.ts'
import type { StoredSigningKey } from '../../storage/storage.ts'
import type { AdminRequest, ShowPage } from './page.ts'
import { age, clip, counted, PER_PAGE } from './words.ts'

const STATES = ['current', 'next', 'retired', 'withdrawn']

export const keys: ShowPage = async (asked) => {
  const { deps, now } = asked
  const stored = await deps.storage.signingKeys.list()
  const clients = deps.clients.list()
  const { users, cameOnce } = keyUsers(await readSightings(deps.storage.jwksFetches, now), clients, now)
  const about = outlooks(stored, rotationPolicy(deps.config), { users, clients, now })
  return {
    title: 'Keys',
    lead: 'What tokens are signed with. They rotate by themselves.',
    sections: [keyList(asked, stored, about), fetchers(asked, users, { cameOnce, about })],
  }
}

function keyList({ now }: AdminRequest, stored: readonly StoredSigningKey[], about: readonly Outlook[]): AdminSection {
  const sorted = stored.toSorted(
    (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || b.publishedAt - a.publishedAt,
  )
  const more = sorted.length - PER_PAGE
  return {
    heading: 'Keys',
    rows: sorted
      .slice(0, PER_PAGE)
      .map((key) => [
        { text: key.kid, isCode: true },
        { text: key.algorithm },
        key.revokedAt === undefined ? { text: key.state } : { text: 'revoked', isBad: true },
        age(key.publishedAt, now, 'published '),
        ...endOf(key, about, now),
      ]),
    notes: more > 0 ? [`And ${counted(more, 'older one', 'older ones')}.`] : [],
  }
}

function endOf(key: StoredSigningKey, about: readonly Outlook[], now: number): readonly AdminText[] {
  const outlook = about.find(({ algorithm }) => algorithm === key.algorithm)
  if (key.state === 'next' && outlook !== undefined) {
    return [outlook.dueAt === undefined ? { text: 'signs at once' } : age(outlook.dueAt, now, 'signs ')]
  }
  if (key.state === 'current') return key.activatedAt === undefined ? [] : [age(key.activatedAt, now, 'signs since ')]
  return key.state === 'retired' && key.withdrawAt !== undefined ? [age(key.withdrawAt, now, 'goes ')] : []
}

function fetchers(
  { now }: AdminRequest,
  users: readonly KeyUser[],
  { cameOnce, about }: { cameOnce: number; about: readonly Outlook[] },
): AdminSection {
  const more = users.length - PER_PAGE
  return {
    heading: 'Who fetches them',
    rows: users
      .slice(0, PER_PAGE)
      .map((user) => [
        { text: nameOf(user) },
        { text: clip(whereOf(user), 80) },
        age(user.lastSeenAt, now, 'last '),
        knowledgeOf(user, about),
      ]),
    notes: [
      ...(users.length === 0 ? ['No app has been seen to fetch the keys regularly.'] : []),
      ...(more > 0 ? [`And ${counted(more, 'more', 'more')}.`] : []),
      ...(cameOnce > 0 ? [`${counted(cameOnce, 'more', 'more')} came once and not again, and are not counted.`] : []),
    ],
  }
}

const nameOf = ({ clientIds }: KeyUser): string =>
  clientIds.length === 0
    ? 'not told by its address'
    : clientIds
        .slice(0, 4)
        .map((id) => clip(id, 40))
        .join(' or ') + (clientIds.length > 4 ? ' or another' : '')

const whereOf = ({ origin, address, userAgent }: KeyUser): string =>
  origin === '' ? [address, userAgent].filter((part) => part !== '').join(', ') : `pages of ${origin}`

/** By the outlooks, whose lists hold these same users. */
function knowledgeOf(user: KeyUser, about: readonly Outlook[]): AdminText {
  const concerned = about.filter(({ users }) => users.includes(user))
  const missing = concerned.filter(({ unaware }) => unaware.includes(user)).map(({ algorithm }) => algorithm)
  if (missing.length > 0) return { text: `has not got the next ${missing.join(', ')}`, isBad: true }
  return { text: concerned.length === 0 ? 'needs none' : 'has the next' }
}
