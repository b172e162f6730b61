/** Whether all processes that serve run the same configuration, the one that the files here say, and none has refused its files. */
import type { Timestamp } from '../../base/clock.ts'
import { formatAge, MINUTE } from '../../base/duration.ts'
import { isThere } from '../../storage/instances.ts'
import type { ChainedEvent, Instance } from '../../storage/storage.ts'
import { toIso } from '../table.ts'
import { type Finding, fine, problem, unknown, warning } from './finding.ts'

export interface InstancesInput {
  /** Undefined: the database cannot be asked. */
  readonly instances: readonly Instance[] | undefined
  /** Of the files here; undefined: its name takes the sealing key. */
  readonly revision: string | undefined
  /** The newest of `config_changed` and `config_refused`, newest first. */
  readonly events: readonly Pick<ChainedEvent, 'at' | 'kind' | 'fields'>[]
  /** What the process that listens on this machine says of itself; undefined: it does not answer. */
  readonly own?: OwnProcess | undefined
  readonly configPath: string
  readonly now: Timestamp
}

export interface OwnProcess {
  readonly revision: string
  /** Of the last time that it read its files; undefined: it has not since its start. */
  readonly outcome: string | undefined
}

/** A change of the files reaches all within some seconds. */
const ON_ITS_WAY = MINUTE
const MOST = 10

export function checkInstances(input: InstancesInput): readonly Finding[] {
  const { instances, now } = input
  if (instances === undefined) return [unknown('which processes serve: the database cannot be asked')]
  const living = instances.filter((one) => isThere(one, now))
  if (living.length === 0) return [unknown('no process serves from this database just now')]
  return [...sameEverywhere(living, input), ...ofFilesHere(living, input), ...refusals(living, input)]
}

function sameEverywhere(living: readonly Instance[], input: InstancesInput): readonly Finding[] {
  const { now, revision } = input
  const revisions = new Set(living.map((one) => one.revision))
  const processes = living.length === 1 ? '1 process serves' : `${living.length} processes serve`
  if (revisions.size === 1) {
    const [only = ''] = revisions
    return only === revision ? [fine(`${processes} revision ${only}, as the files here say`)] : []
  }
  const since = living.map((one) => servesSince(one, input))
  const each = living
    .slice(0, MOST)
    .map((one, index) => `${one.label} serves ${one.revision} since ${toIso(since[index])}`)
  const more = living.length > MOST ? `; and ${living.length - MOST} more` : ''
  const here = revision !== undefined && revisions.has(revision) ? ` The files here are revision ${revision}.` : ''
  const found = `the processes do not serve the same: ${each.join('; ')}${more}`
  const todo = `What apps and people are told depends on who answers, and a client that only some know is not ended until they agree.${here} Bring the same files to all of them, run countersign reload, and look here again.`
  const isFresh = now - Math.max(...since) < ON_ITS_WAY
  return [
    isFresh
      ? warning(found, `A change takes some seconds to reach all: run doctor again. ${todo}`)
      : problem(found, todo),
  ]
}

/** When it went over to what it serves: at its start, or when the audit log has that some process did. */
function servesSince({ revision, startedAt }: Instance, { events }: InstancesInput): Timestamp {
  const change = events.find(
    ({ at, kind, fields }) => kind === 'config_changed' && at > startedAt && textOf(fields, 'revision') === revision,
  )
  return change?.at ?? startedAt
}

function ofFilesHere(living: readonly Instance[], { revision, configPath, now }: InstancesInput): readonly Finding[] {
  if (revision === undefined) return [unknown('whether they serve what the files here say: that takes the sealing key')]
  if (living.some((one) => one.revision === revision)) return []
  const served = [...new Set(living.map((one) => one.revision))].join(', ')
  const oldest = Math.min(...living.map(({ startedAt }) => startedAt))
  return [
    warning(
      `no process serves what ${configPath} says here (revision ${revision}): served is ${served}, by processes of which the oldest runs for ${formatAge(now - oldest)}`,
      'countersign plan shows what is different; countersign reload says why a process does not take it: faults, or something that takes a restart. If this is not the file that they run with, name that (--config); variables that it uses must be set here, too.',
    ),
  ]
}

function refusals(living: readonly Instance[], { events, own }: InstancesInput): readonly Finding[] {
  const todo =
    'The revision before stays in force there, also for what has to change soon. Run countersign check on that machine, mend what it says, and let countersign reload tell what became of it.'
  // It alone serves, and the last that it read was right: what is kept of before is over.
  const [only] = living
  if (
    living.length === 1 &&
    own?.revision === only?.revision &&
    own?.outcome !== undefined &&
    own.outcome !== 'refused'
  ) {
    return []
  }
  const told = living.flatMap(({ label, answer, revision }) =>
    // What it said before it took another one is over.
    answer?.outcome === 'refused' && answer.revision === revision
      ? [problem(`${label} refused its files when it was last asked: ${answer.detail.slice(0, 400)}`, todo)]
      : [],
  )
  if (told.length > 0) return told
  const [last] = events
  if (last?.kind !== 'config_refused') return []
  const revision = textOf(last.fields, 'revision')
  const some = living.filter((one) => one.revision === revision && one.startedAt < last.at)
  if (some.length === 0) return []
  const names = some.slice(0, MOST).map(({ label }) => label)
  return [
    warning(`the files were refused at ${toIso(last.at)} by ${names.join(' or ')}, and nothing was taken since`, todo),
  ]
}

function textOf(fields: string, name: string): string | undefined {
  const value = (JSON.parse(fields) as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value : undefined
}
