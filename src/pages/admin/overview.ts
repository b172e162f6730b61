/** The first page for admins: whether all is well, at a glance. */
import { type Duration, HOUR, SECOND } from '../../base/duration.ts'
import type { ReloadState } from '../../config/reload-state.ts'
import type { AdminSection, AdminText } from '../../http/admin-view-models.ts'
import { rotationOutlook } from '../../keys/key-users.ts'
import { rotationPolicy } from '../../keys/rotation-policy.ts'
import { isThere } from '../../storage/instances.ts'
import type { DatabaseFacts } from '../../storage/storage.ts'
import { type AdminRequest, adminPath, type ShowPage } from './page.ts'
import { age, counted, fact, moment } from './words.ts'

const MOST_INSTANCES = 20
const MOST_CHECKS = 10
/** Rows that are looked at to count; what is beyond is not counted. */
const LOOK_AT = 5000
/** As the doctor has it: tokens of one clock must not be from the future for another. */
const CLOCKS_AGREE: Duration = 2 * SECOND

export const overview: ShowPage = async (asked) => ({
  title: 'Overview',
  lead: `What ${asked.deps.config.name} is doing just now.`,
  isInColumns: true,
  sections: await Promise.all([
    instances(asked),
    configuration(asked),
    database(asked),
    keys(asked),
    deliveries(asked),
    refusals(asked),
  ]),
})

async function instances({ deps, now }: AdminRequest): Promise<AdminSection> {
  const all = await deps.storage.instances.list()
  const { revision } = deps.reloads.state()
  const revisions = new Set(all.filter((one) => isThere(one, now)).map((one) => one.revision))
  const more = all.length - MOST_INSTANCES
  return {
    heading: 'Instances',
    rows: all.slice(0, MOST_INSTANCES).map((one): readonly AdminText[] => {
      const isGone = !isThere(one, now)
      const seen = age(one.seenAt, now, 'seen ')
      return [
        { text: one.label },
        one.revision === revision
          ? { text: one.revision, isCode: true }
          : { text: `${one.revision}, not the one here`, isBad: true },
        age(one.startedAt, now, 'started '),
        isGone ? { text: `${seen.text}: it went without a word`, isBad: true } : seen,
      ]
    }),
    notes: [
      ...(all.length === 0 ? ['None has reported itself yet.'] : []),
      ...(more > 0 ? [`And ${counted(more, 'more', 'more')}.`] : []),
      ...(revisions.size > 1 ? ['They run different configurations: a change is on its way, or was refused.'] : []),
    ],
  }
}

async function configuration({ deps, now }: AdminRequest): Promise<AdminSection> {
  const { revision, since, last, counts } = deps.reloads.state()
  const isBad = last?.outcome === 'refused' || last?.outcome === 'failed'
  return {
    heading: 'Configuration',
    facts: [
      ...fact('Revision', { text: revision, isCode: true }),
      ...fact('In force since', moment(since)),
      ...fact(
        'Last change',
        last === undefined
          ? 'none since the start'
          : { text: `${last.outcome}${reasonOf(last)}, ${age(last.at, now).text}`, isBad },
      ),
      ...fact('Since the start', `${counts.applied} applied, ${counts.refused} refused, ${counts.failed} failed`),
    ],
    notes: isBad ? [`The one before stays in force. ${adviceFor(last)}`] : [],
  }
}

type LastReload = NonNullable<ReloadState['last']>

function reasonOf({ faults, needsRestart }: LastReload): string {
  if (needsRestart.length > 0) return `: ${needsRestart.join(', ')}`
  return faults.length === 0 ? '' : `, ${counted(faults.length, 'fault')}`
}

const adviceFor = ({ needsRestart }: LastReload): string =>
  needsRestart.length > 0 ? 'Only a restart can change this.' : 'The log says what is wrong; so does countersign check.'

async function database({ deps, now }: AdminRequest): Promise<AdminSection> {
  const facts = await deps.storage.describe()
  const { kind, version } = facts
  return {
    heading: 'Database',
    facts: [
      ...fact('Kind', `${kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'} ${version}`),
      ...fact('State', ...databaseState(facts, now)),
    ],
  }
}

function databaseState(
  { missingMigrations, unknownMigrations, unsafeSettings, time }: DatabaseFacts,
  now: number,
): readonly AdminText[] {
  const bad = [
    ...(missingMigrations.length > 0 ? [`${counted(missingMigrations.length, 'migration')} missing`] : []),
    ...(unknownMigrations.length > 0
      ? [`${counted(unknownMigrations.length, 'migration')} of a newer version: update this instance`]
      : []),
    ...unsafeSettings.map((setting) => `${setting} loses answered sign-ons when the power fails`),
    ...(time !== undefined && Math.abs(time - now) > CLOCKS_AGREE
      ? [`its clock and ours are ${Math.round(Math.abs(time - now) / SECOND)} s apart`]
      : []),
  ]
  return bad.length === 0 ? [{ text: 'all is well' }] : bad.map((text) => ({ text, isBad: true }))
}

async function keys({ deps, now }: AdminRequest): Promise<AdminSection> {
  const stored = await deps.storage.signingKeys.list()
  const outlooks = await rotationOutlook({
    ...{ keys: stored, policy: rotationPolicy(deps.config), store: deps.storage.jwksFetches, now },
    clients: deps.clients.list(),
  })
  return {
    heading: 'Next rotation of the keys',
    rows: outlooks.map(({ algorithm, dueAt, users, unaware }) => [
      { text: algorithm, href: adminPath(deps, '/keys') },
      dueAt === undefined ? { text: 'at once' } : age(dueAt, now),
      unaware.length === 0
        ? { text: users.length === 0 ? 'nobody is known to need it' : `all ${counted(users.length, 'app')} have it` }
        : { text: `${unaware.length} of ${counted(users.length, 'app')} not yet`, isBad: true },
    ]),
    notes: outlooks.length === 0 ? ['There is no next key yet.'] : [],
  }
}

async function deliveries({ deps }: AdminRequest): Promise<AdminSection> {
  const { waiting, givenUp } = await deps.storage.deliveries.count(LOOK_AT)
  const shown = (count: number) => (count >= LOOK_AT ? `${LOOK_AT.toLocaleString('en')} or more` : String(count))
  return {
    heading: 'Deliveries',
    rows: [
      [{ text: `${shown(waiting)} waiting`, href: adminPath(deps, '/deliveries', { state: 'waiting' }) }],
      [
        { text: `${shown(givenUp)} given up`, href: adminPath(deps, '/deliveries', { state: 'given_up' }) },
        { text: 'within a week' },
      ],
    ],
  }
}

async function refusals({ deps, now }: AdminRequest): Promise<AdminSection> {
  const counts = await deps.storage.refusals.countByCheck(now - HOUR, LOOK_AT)
  return {
    heading: 'Refused in the last hour',
    rows: counts
      .slice(0, MOST_CHECKS)
      .map(({ check, count }) => [
        { text: check, href: adminPath(deps, '/refusals', { check }) },
        { text: counted(count, 'time') },
      ]),
    notes: counts.length === 0 ? ['Nothing.'] : [],
  }
}
