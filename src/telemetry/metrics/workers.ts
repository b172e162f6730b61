/** The metrics of several processes as one: counters are added up, also those of processes that are gone. */
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client'
import type { Exposed } from './exposition.ts'
import { asTold, type Measured, type Snapshot } from './snapshot.ts'

export interface WorkerMetrics {
  /** Undefined: it did not answer in time. */
  heard(worker: number, snapshot: Snapshot | undefined): void
  /** It is gone for good: what it counted stays counted, so that no sum ever goes back. */
  ended(worker: number): void
  /** @param living the workers that there are */
  expose(living: number): Promise<Exposed>
}

/** `worker` is a number that no other process has had. */
export function workerMetrics(): WorkerMetrics {
  const last = new Map<number, { readonly snapshot: Snapshot; isFresh: boolean }>()
  let gone: Snapshot = []
  const own = new Registry()
  const workers = new Gauge({ name: 'countersign_workers', help: 'Processes that serve', registers: [own] })
  const unheard = new Counter({
    ...{
      name: 'countersign_workers_unanswered_total',
      help: 'Times that one did not answer in time',
      registers: [own],
    },
  })
  return {
    heard(worker, snapshot) {
      if (snapshot !== undefined) return void last.set(worker, { snapshot: asTold(snapshot), isFresh: true })
      unheard.inc()
      const known = last.get(worker)
      if (known) known.isFresh = false
    },
    ended(worker) {
      const known = last.get(worker)
      last.delete(worker)
      if (known) gone = [...gone, ...known.snapshot.filter(isCounted)]
    },
    async expose(living) {
      gone = await merged([gone])
      workers.set(living)
      const parts = [...last.values()].map(({ snapshot, isFresh }) => (isFresh ? snapshot : snapshot.filter(isCounted)))
      const all = aggregate([gone, ...parts, (await own.getMetricsAsJSON()) as unknown as Snapshot])
      return { contentType: own.contentType, text: await all.metrics() }
    },
  }
}

/** What a process says of itself alone is no news once it does not answer. */
const isCounted = ({ type }: Measured): boolean => type === 'counter' || type === 'histogram'

/** prom-client's types know less of what it takes and gives than it does. */
const aggregate = (snapshots: readonly Snapshot[]): Registry =>
  AggregatorRegistry.aggregate(snapshots.map((one) => [...one]) as unknown as object[])

const merged = async (snapshots: readonly Snapshot[]): Promise<Snapshot> =>
  (await aggregate(snapshots).getMetricsAsJSON()) as unknown as Snapshot
