/** The story of one refusal, as `countersign explain` tells it. */
import { isIdentifier } from '../../base/identifier.ts'
import { knownClient } from '../../clients/known-client.ts'
import type { AdminFact, AdminSection } from '../../http/admin-view-models.ts'
import type { Story } from '../../refusals/story.ts'
import { tell } from '../../refusals/tell.ts'
import type { Refusal } from '../../storage/storage.ts'
import { type AdminPage, type AdminRequest, adminPath, type ShowPage } from './page.ts'
import { clip, counted, fact, moment } from './words.ts'

const MOST_STEPS = 12
/** What is longer, the command shows whole. */
const LONG = 400
const SHORT = 200

export const refusal: ShowPage = async (asked) => {
  const { deps, query } = asked
  const id = query.find('id') ?? ''
  const found = isIdentifier(id) ? await deps.storage.refusals.find(id) : undefined
  return found && storyOf(asked, found)
}

/** The page of this one. */
export async function storyOf(asked: AdminRequest, found: Refusal): Promise<AdminPage> {
  const { deps } = asked
  const story = await tell(
    {
      storage: deps.storage,
      sessionIdle: deps.lifetimes.sessionIdle,
      clientIds: deps.clients.list().map((one) => one.id),
      knownClient: (clientId) => knownClient(deps, clientId),
    },
    found,
  )
  return {
    title: `Error ${story.errorId}`,
    lead: clip(story.told.description, LONG),
    about: story.errorId,
    sections: [why(story), whatCame(asked, story), ...flow(story)],
  }
}

function why(story: Story): AdminSection {
  return {
    heading: 'Why',
    facts: [
      ...fact('Failed', `${story.failed} (${story.check})`),
      ...fact('Expected', story.expected && clip(story.expected, LONG)),
      ...fact('Came', story.came && clip(story.came, LONG)),
      ...fact('To do', ...story.todo),
    ],
    ...(story.shown.length > 0 && { picture: story.shown.map((line) => clip(line, LONG)) }),
    notes: story.more > 0 ? [`And ${counted(story.more, 'more', 'more')} like this soon after, only counted.`] : [],
  }
}

const whatCame = ({ deps }: AdminRequest, story: Story): AdminSection => ({
  heading: 'The request',
  facts: [
    ...fact('When', moment(story.at)),
    ...fact('Where', `${story.endpoint}, answered ${story.status}`),
    ...fact(
      'Client',
      story.client && {
        text: clip(
          story.client.name === undefined ? story.client.id : `${story.client.id} (${story.client.name})`,
          SHORT,
        ),
        href: adminPath(deps, '/client', { id: story.client.id }),
      },
    ),
    ...fact(
      'Account',
      story.accountId && {
        text: clip(story.username ?? story.accountId, SHORT),
        href: adminPath(deps, '/account', { id: story.accountId }),
      },
    ),
    ...fact('From', story.from.ip, story.from.userAgent && clip(story.from.userAgent, SHORT)),
    ...fact('Told', story.told.code),
    ...askedFor(story),
  ],
})

const askedFor = ({ asked, also }: Story): readonly AdminFact[] => [
  ...fact('Asked', ...Object.entries(asked).map(([name, value]) => `${name}=${clip(value, SHORT)}`)),
  ...fact('And, not shown', also.length > 0 ? also.join(', ') : undefined),
]

/** One step alone is this refusal. */
function flow({ steps, flowId }: Story): readonly AdminSection[] {
  if (steps.length < 2) return []
  const left = steps.length - MOST_STEPS
  return [
    {
      heading: 'The flow',
      rows: steps.slice(-MOST_STEPS).map(({ at, what }) => [{ text: clip(what, SHORT) }, moment(at)]),
      notes: [
        ...(left > 0 ? [`${counted(left, 'earlier step is', 'earlier steps are')} left out.`] : []),
        ...(flowId === undefined ? [] : [`Whole: countersign explain ${flowId}`]),
      ],
    },
  ]
}
