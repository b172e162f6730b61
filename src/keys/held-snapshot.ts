/** Holds the one snapshot that a process works with, and is the only one to replace it. */
import { type Clocks, stopwatch, type Timestamp } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { StoredSigningKey } from '../storage/storage.ts'
import { type CommitDeps, commitRotation } from './commit.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { decideRotation } from './rotation.ts'
import type { RotationPolicy } from './rotation-policy.ts'
import type { SealingKey } from './sealing-key.ts'
import { settling } from './settling.ts'
import { hasEveryKey, type Snapshot, takeSnapshot } from './snapshot.ts'
import { privateJwkOpener } from './unseal.ts'

export interface SnapshotHolder {
  get(): Snapshot
  reload(): Promise<void>
  /** Also when a clock was set meanwhile: then its age is unknown. */
  isOlderThan(age: Duration): boolean
  reloadIfOlderThan(age: Duration): Promise<void> | undefined
  /** Takes the rotation steps that are due, by another policy if one is given, then reloads. */
  rotate(policy?: RotationPolicy): Promise<void>
  /** How long until this process may sign with that key (settling.ts); 0 or less when it may. */
  settlesIn(kid: string): Duration
}

export interface HolderDeps extends CommitDeps, Clocks {
  readonly policy: RotationPolicy
  readonly sealingKey: SealingKey
}

interface Loaded {
  readonly snapshot: Snapshot
  readonly rows: readonly StoredSigningKey[]
  /** Of the rows, read before them: they are that new or newer. */
  readonly version: string
  readonly at: Timestamp
  age(): Duration
}

/** Loads the first snapshot, after taking the steps that are due: on an empty store, making the first keys. */
export async function holdSnapshot(deps: HolderDeps): Promise<SnapshotHolder> {
  const openPrivateJwk = privateJwkOpener(deps)
  // One load at a time: an older answer must not come in last.
  const inTurn = oneAtATime()
  const { saw, started, settlesIn } = settling(deps)

  async function load(previous: Loaded | undefined): Promise<Loaded> {
    const age = stopwatch(deps)
    const at = deps.clock.now()
    const version = await deps.store.version()
    const rows = previous?.version === version ? previous.rows : await deps.store.list()
    saw(rows)
    const isSettled = (kid: string): boolean => settlesIn(kid) <= 0
    const known = { previous: previous?.snapshot, open: openPrivateJwk, now: at, isSettled }
    return { rows, version, at, age, snapshot: await takeSnapshot(rows, known) }
  }

  async function loadAndRotate(previous: Loaded | undefined, policy = deps.policy): Promise<Loaded> {
    // Loaded before anything is written: a process with another sealing key stops here.
    let latest = await load(previous)
    // A lost race means that another process has moved on: by two keys for each algorithm at most.
    const attempts = 2 * policy.algorithms.length + 1
    for (let attempt = 0; attempt < attempts; attempt++) {
      const steps = decideRotation(latest.rows, policy, latest.at)
      if (steps.length === 0) break
      const done = await commitRotation(steps, deps, latest.at)
      latest = await load(latest)
      if (done) break
    }
    return latest
  }

  let held = await loadAndRotate(undefined)
  if (!hasEveryKey(held.snapshot, deps.policy)) {
    throw new Error('The signing keys could not be made: other processes kept changing them.')
  }
  started()

  const reload = async () => {
    held = await load(held)
  }
  const rotate = async (policy?: RotationPolicy) => {
    held = await loadAndRotate(held, policy)
  }
  const isOlderThan = (age: Duration): boolean => held.age() > age
  return {
    get: () => held.snapshot,
    settlesIn,
    isOlderThan,
    reload: () => inTurn(reload),
    rotate: (policy) => inTurn(() => rotate(policy)),
    // Asked again when its turn comes: of a hundred callers, the first reads for all.
    reloadIfOlderThan: (age) =>
      isOlderThan(age) ? inTurn(async () => (isOlderThan(age) ? reload() : undefined)) : undefined,
  }
}
