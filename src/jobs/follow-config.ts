/**
 * Remembers which clients, APIs and settings are in force, and ends for good what a client had that was taken out of the
 * file: its grants and consents, and what it was still to be told (docs/decisions/0018).
 */
import type { AuditEvent } from '../audit/event.ts'
import type { Clocks, Timestamp } from '../base/clock.ts'
import { type Duration, MINUTE, SECOND } from '../base/duration.ts'
import type { Config } from '../config/config.ts'
import { entriesOf, entryDigest, type NamedEntry } from '../config/entry.ts'
import { isOfOneProcess } from '../config/installation-entry.ts'
import type { ConfigEntry, ConfigEntryStore, EntryState } from '../storage/storage.ts'
import { endClients } from './end-clients.ts'
import type { OneAtATimeJob } from './job.ts'

/** Whether every living process runs the same configuration. In a rolling update they do not, for a while. */
export interface InstanceRevisions {
  agree(): Promise<boolean>
}

export interface FollowConfigDeps extends Clocks {
  /** What this process runs just now. */
  readonly config: () => Config
  readonly storage: { readonly configEntries: ConfigEntryStore }
  readonly instances: InstanceRevisions
  readonly audited: (event: AuditEvent) => void
}

/**
 * Nobody serves a removed client from the first moment. What it had ends so much later: a mistake can be taken back until
 * then, and a request that began before is over.
 */
export const ENDS_AFTER: Duration = MINUTE
const LOOKS_EVERY: Duration = 5 * SECOND
const FORGETS_AFTER: Duration = 6 * LOOKS_EVERY

export function followConfig(deps: FollowConfigDeps): OneAtATimeJob {
  const store = deps.storage.configEntries
  const digested = digestOnce()
  /** Since when, on the steady clock, an entry has been out of the file, as far as this process has seen. */
  let missing = new Map<string, Timestamp>()
  let lastLook = deps.steady.now()

  async function run(signal: AbortSignal): Promise<void> {
    // What this process saw before another one did this work says nothing.
    if (deps.steady.now() - lastLook > FORGETS_AFTER) missing = new Map()
    lastLook = deps.steady.now()
    const states = await store.states()
    if (!(await deps.instances.agree())) {
      // Some process may serve what another one no longer has, and the other way round: nothing is decided yet.
      missing = new Map()
      return
    }
    await follow(digested(deps.config()), states, signal)
    await endClients(deps, await store.states(), signal)
  }

  async function follow(current: readonly Digested[], states: readonly EntryState[], signal: AbortSignal) {
    const known = new Map(states.map((state) => [keyOf(state), state]))
    for (const entry of current) {
      if (signal.aborted) return
      await put(entry, known.get(keyOf(entry)))
      known.delete(keyOf(entry))
    }
    const gone = [...known.values()].filter(({ removedAt }) => removedAt === undefined)
    const now = deps.steady.now()
    missing = new Map(gone.map((state) => [keyOf(state), missing.get(keyOf(state)) ?? now]))
    for (const state of gone) {
      if (signal.aborted) return
      if (now - (missing.get(keyOf(state)) ?? now) >= ENDS_AFTER) await remove(state)
    }
  }

  async function put(entry: Digested, known: EntryState | undefined): Promise<void> {
    if (known?.digest === entry.digest && known.removedAt === undefined) return
    const before = known === undefined ? undefined : await store.find(entry.kind, entry.id)
    if (!(await store.put({ ...entry, since: deps.clock.now() }, known?.digest))) return
    const change = known === undefined || known.removedAt !== undefined ? 'added' : 'changed'
    const keys = Object.keys(entry.entry).filter((key) => isChanged(key, entry, before))
    // This version remembers more than the one before, or another process does this work, which listens elsewhere.
    if (change === 'changed' && keys.length === 0) return
    deps.audited({
      kind: 'config_in_force',
      ...{ entry: entry.kind, id: entry.id, change },
      ...(change === 'changed' && { keys }),
    })
  }

  async function remove(state: EntryState): Promise<void> {
    if (!(await store.remove(state, deps.clock.now()))) return
    deps.audited({ kind: 'config_in_force', entry: state.kind, id: state.id, change: 'removed' })
  }

  return { name: 'follow-config', runs: 'one_at_a_time', everyMs: LOOKS_EVERY, run }
}

type Digested = NamedEntry & { readonly digest: string }

/** Worked out once for each configuration. */
function digestOnce(): (config: Config) => readonly Digested[] {
  let last: { readonly config: Config; readonly entries: readonly Digested[] } | undefined
  return (config) => {
    if (last?.config !== config) {
      last = { config, entries: entriesOf(config).map((each) => ({ ...each, digest: entryDigest(each.entry) })) }
    }
    return last.entries
  }
}

const keyOf = ({ kind, id }: Pick<NamedEntry, 'kind' | 'id'>): string => `${kind}\n${id}`

const isChanged = (key: string, after: Digested, before: ConfigEntry | undefined): boolean =>
  before?.entry[key] !== undefined && !isEqual(after.entry[key], before.entry[key]) && !isOfOneProcess(key)

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
