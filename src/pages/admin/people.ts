/** People by their user names, a page at a time: where the search leads to their sessions. */
import { emailKey, isPossibleKey, usernameKey } from '../../accounts/username.ts'
import type { AdminText } from '../../http/admin-view-models.ts'
import type { Account } from '../../storage/storage.ts'
import { type AdminRequest, adminPath, type ShowPage } from './page.ts'
import { clip, PER_PAGE } from './words.ts'

export const people: ShowPage = async (asked) => {
  const { deps, query } = asked
  const typed = query.find('name')
  const found = typed === undefined ? [] : await findExactly(asked, typed)
  const after = keyOf(query.find('after') ?? typed)
  const list = await deps.storage.accounts.list({ after, limit: PER_PAGE + 1 })
  const rows = list.slice(0, PER_PAGE)
  const last = rows.at(-1)
  return {
    title: 'People',
    lead: 'Find an account to see where it is signed in.',
    search: {
      action: adminPath(deps, '/people'),
      fields: [{ name: 'name', label: 'User name or e-mail', value: typed ?? '' }],
    },
    sections: [
      ...(typed === undefined
        ? []
        : [
            {
              heading: 'Found',
              rows: found.map((account) => row(asked, account)),
              notes: found.length === 0 ? ['Nobody has exactly this user name or e-mail.'] : [],
            },
          ]),
      {
        heading: after === undefined ? 'By user name' : 'By user name, from there on',
        rows: rows.map((account) => row(asked, account)),
        notes: rows.length === 0 ? ['There is nobody.'] : [],
        links:
          list.length > PER_PAGE && last !== undefined
            ? [{ label: 'More', href: adminPath(deps, '/people', { after: last.usernameKey }) }]
            : [],
      },
    ],
  }
}

/** Whatever else is typed never reaches the database. */
const keyOf = (typed: string | undefined): string | undefined => {
  const key = usernameKey(typed ?? '')
  return isPossibleKey(key) ? key : undefined
}

async function findExactly({ deps: { storage } }: AdminRequest, typed: string): Promise<readonly Account[]> {
  const [name, email] = [usernameKey(typed), emailKey(typed)]
  if (!isPossibleKey(name) || !isPossibleKey(email)) return []
  const [byName, byEmail] = await Promise.all([
    storage.accounts.findByUsername(name),
    storage.accounts.findByEmail(email),
  ])
  return [...(byName ? [byName] : []), ...byEmail.filter(({ id }) => id !== byName?.id)]
}

const row = ({ deps }: AdminRequest, { id, username, claims, disabledAt }: Account): readonly AdminText[] => [
  { text: username, href: adminPath(deps, '/account', { id }) },
  { text: clip(claims.name ?? '', 60) },
  ...(disabledAt === undefined ? [] : [{ text: 'disabled', isBad: true }]),
]
