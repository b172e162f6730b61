/** Holds the one snapshot that a process works with, and is the only one to replace it. */
import type { Clock, Timestamp } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import { SIGNING_ALGORITHMS } from '../protocol/vocabulary.ts'
import type { StoredSigningKey } from '../storage/storage.ts'
import { type CommitDeps, commitRotation } from './commit.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { decideRotation } from './rotation.ts'
import type { RotationPolicy } from './rotation-policy.ts'
import type { SealingKey } from './sealing-key.ts'
import { type Snapshot, takeSnapshot } from './snapshot.ts'
import { privateJwkOpener } from './unseal.ts'

export interface SnapshotHolder {
  get(): Snapshot
  reload(): Promise<void>
  /** Also when it seems to come from the future: then the clock went back, and its age is unknown. */
  reloadIfOlderThan(age: Duration): Promise<void> | undefined
  /** Takes the rotation steps that are due, then reloads. */
  rotate(): Promise<void>
}

export interface HolderDeps extends CommitDeps {
  readonly clock: Clock
  readonly policy: RotationPolicy
  readonly sealingKey: SealingKey
}

interface Loaded {
  readonly snapshot: Snapshot
  readonly rows: readonly StoredSigningKey[]
  readonly at: Timestamp
}

/** A lost race means that another process has moved on: two algorithms with two keys each make four at most. */
const ATTEMPTS = 5

/** Loads the first snapshot, after taking the steps that are due: on an empty store, making the first keys. */
export async function holdSnapshot(deps: HolderDeps): Promise<SnapshotHolder> {
  const openPrivateJwk = privateJwkOpener(deps)
  // One load at a time: an older answer must not come in last.
  const inTurn = oneAtATime()

  async function load(previous: Snapshot | undefined): Promise<Loaded> {
    const at = deps.clock.now()
    const rows = await deps.store.list()
    return { rows, at, snapshot: await takeSnapshot(rows, { previous, open: openPrivateJwk, now: at }) }
  }

  async function loadAndRotate(previous: Snapshot | undefined): Promise<Loaded> {
    // Loaded before anything is written: a process with another sealing key stops here.
    let latest = await load(previous)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const steps = decideRotation(latest.rows, deps.policy, latest.at)
      if (steps.length === 0) break
      const done = await commitRotation(steps, deps, latest.at)
      latest = await load(latest.snapshot)
      if (done) break
    }
    return latest
  }

  let held = await loadAndRotate(undefined)
  if (!SIGNING_ALGORITHMS.every((algorithm) => held.snapshot.signers.has(algorithm))) {
    throw new Error('The signing keys could not be made: other processes kept changing them.')
  }

  const reload = async () => {
    held = await load(held.snapshot)
  }
  const rotate = async () => {
    held = await loadAndRotate(held.snapshot)
  }
  const isOlderThan = (age: Duration): boolean => Math.abs(deps.clock.now() - held.at) > age
  return {
    get: () => held.snapshot,
    reload: () => inTurn(reload),
    rotate: () => inTurn(rotate),
    // Asked again when its turn comes: of a hundred callers, the first reads for all.
    reloadIfOlderThan: (age) =>
      isOlderThan(age) ? inTurn(async () => (isOlderThan(age) ? reload() : undefined)) : undefined,
  }
}
