/** From the files to another version in force: read, judge, compare, swap; or nothing at all. */

import { isDeepStrictEqual } from 'node:util'
import type { Clocks } from '../base/clock.ts'
import { counted } from '../base/counted.ts'
import type { Config } from '../config/config.ts'
import { type Fault, formatFaults } from '../config/fault.ts'
import { keysThatNeedRestart } from '../config/needs-restart.ts'
import type { ReloadOutcome, ReloadState } from '../config/reload-state.ts'
import { revisionOf } from '../config/revision.ts'
import type { ConfigFiles } from '../config/watch.ts'
import type { Front } from '../http/front.ts'
import { rotationPolicy } from '../keys/rotation-policy.ts'
import { inUtc } from '../protocol/shown-time.ts'
import type { ReloadAnswer } from '../storage/storage.ts'
import type { Opened } from './opened.ts'
import { makeVersion, type Version } from './version.ts'

export interface Reloads {
  state(): ReloadState
  /** Reads the files and goes over to what they say, if it can; one at a time. Never rejects. */
  reload(): Promise<ReloadAnswer>
  /** The same, but only when the files have changed since they were last read and now rest. */
  follow(): Promise<void>
}

interface ReloadDeps {
  readonly opened: Opened
  readonly files: ConfigFiles
  readonly front: Pick<Front, 'put' | 'useCertificate'>
  /** The version in force. */
  current(): Version
  /** From here on it is in force, also for what was opened once. */
  enforce(version: Version): void
  /** How the files looked when they were read at the start. */
  readonly print: string
}

export function openReloads(deps: ReloadDeps): Reloads {
  const { opened, files } = deps
  const { log } = opened
  const ledger = openLedger(opened)
  const looks = openLooks(deps.print)
  let running: Promise<unknown> = Promise.resolve()

  async function reloadNow(): Promise<ReloadAnswer> {
    const { loaded, print } = files.load()
    looks.read(print)
    if ('faults' in loaded) return refuse(formatFaults(loaded.faults), { faults: loaded.faults })
    const { config } = loaded
    const before = deps.current()
    const needsRestart = keysThatNeedRestart(before.config, config)
    if (needsRestart.length > 0)
      return refuse(`${needsRestart.join(', ')}: only a restart can change this`, { needsRestart })
    if (!isDeepStrictEqual(config, before.config)) return apply(config, before)
    // The last word in the log was that the files cannot be put in force.
    if (ledger.read().last?.outcome === 'refused')
      log.info({ revision: before.revision }, 'the files say again what is in force')
    ledger.note('unchanged')
    // Who asks a moment after the change may come second: the files are followed without being asked.
    const detail = `${counted(config.clients.length, 'client')}, since ${inUtc(ledger.read().since)}`
    return { outcome: 'unchanged', revision: before.revision, detail }
  }

  async function apply(config: Config, before: Version): Promise<ReloadAnswer> {
    const { revision } = await goOver(deps, { config, before, reloads })
    ledger.note('applied')
    const changes = changedClients(before.config, config)
    log.info({ revision, ...changes }, 'another configuration is in force')
    const { added, removed, changed } = changes
    opened.audit.record({ kind: 'config_changed', revision, before: before.revision, added, removed, changed }, {})
    return { outcome: 'applied', revision, detail: inWords(changes) }
  }

  /** It was not the files' fault, and the next one runs all the same. */
  function fail(error: unknown): ReloadAnswer {
    ledger.note('failed')
    log.error(
      { err: error },
      'the configuration could not be put in force; the one before stays, and it is tried again',
    )
    const detail = 'It could not be put in force; the log says why.'
    return { outcome: 'refused', revision: deps.current().revision, detail }
  }

  function refuse(detail: string, because: Because): ReloadAnswer {
    ledger.note('refused', because)
    log.error({ detail }, 'the configuration was not changed: what the files say cannot be put in force')
    const revision = deps.current().revision
    opened.audit.record({ kind: 'config_refused', revision, faults: because.faults?.length ?? 0 }, {})
    return { outcome: 'refused', revision, detail }
  }

  const reloads: Reloads = {
    state: () => ({ revision: deps.current().revision, ...ledger.read() }),
    reload() {
      const mine = running.then(reloadNow).catch(fail)
      running = mine
      return mine
    },
    async follow() {
      const { isNew, rests } = looks.at(files.print())
      const isToTryAgain = isNew || ledger.read().last?.outcome === 'failed'
      if (isToTryAgain && rests) await reloads.reload()
    },
  }
  return reloads
}

/** How the files looked when they were last read, and at the last look. */
function openLooks(first: string) {
  let [read, seen] = [first, first]
  return {
    read(print: string): void {
      read = seen = print
    },
    /** Somebody may be in the middle of writing: what looks the same twice rests. */
    at(print: string): { isNew: boolean; rests: boolean } {
      const rests = print === seen
      seen = print
      return { isNew: print !== read, rests }
    },
  }
}

interface Because {
  readonly faults?: readonly Fault[]
  readonly needsRestart?: readonly string[]
}

/** What became of each try. */
function openLedger({ clock }: Clocks) {
  const counts: Record<ReloadOutcome, number> = { applied: 0, unchanged: 0, refused: 0, failed: 0 }
  const startedAt = clock.now()
  let since = startedAt
  let last: ReloadState['last']
  return {
    note(outcome: ReloadOutcome, { faults = [], needsRestart = [] }: Because = {}): void {
      const at = clock.now()
      counts[outcome]++
      if (outcome === 'applied') since = at
      last = { outcome, at, faults, needsRestart }
    },
    read: (): Omit<ReloadState, 'revision'> => ({ since, startedAt, last, counts }),
  }
}

/** What keys the new configuration needs are made first; from `put` on it answers. */
async function goOver(
  deps: ReloadDeps,
  { config, before, reloads }: { config: Config; before: Version; reloads: Reloads },
): Promise<Version> {
  const { opened, front } = deps
  const revision = revisionOf(config, opened.revisionKey)
  await opened.keyRing.prepare(rotationPolicy(config))
  const version = await makeVersion(opened, { config, revision, reloads, before })
  const { tls } = config.listen
  if (tls && !isDeepStrictEqual(tls, before.config.listen.tls)) front.useCertificate(tls)
  // From here on nothing waits and nothing fails, so that no request sees one half of each.
  opened.log.level = config.log.level
  deps.enforce(version)
  front.put(version.app)
  // It listens nowhere; what it has under way goes on.
  void before.app.close()
  return version
}

interface ClientChanges {
  readonly clients: number
  readonly added: number
  readonly removed: number
  readonly changed: number
}

function changedClients(before: Config, after: Config): ClientChanges {
  const old = new Map(before.clients.map((client) => [client.id, client]))
  const ids = new Set(after.clients.map(({ id }) => id))
  return {
    clients: after.clients.length,
    added: after.clients.filter(({ id }) => !old.has(id)).length,
    removed: before.clients.filter(({ id }) => !ids.has(id)).length,
    changed: after.clients.filter((client) => old.has(client.id) && !isDeepStrictEqual(client, old.get(client.id)))
      .length,
  }
}

const inWords = ({ clients, added, removed, changed }: ClientChanges): string =>
  `${counted(clients, 'client')} (+${added} −${removed} ~${changed})`
