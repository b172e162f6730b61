/** The metrics of all workers at one address. The supervisor measures nothing: it asks, adds up and answers. */
import type { Worker } from 'node:cluster'
import { type Duration, SECOND } from '../../base/duration.ts'
import type { Log } from '../../base/log.ts'
import type { MetricsConfig } from '../../config/config.ts'
import type { Exposition } from '../../telemetry/metrics/exposition.ts'
import type { Snapshot } from '../../telemetry/metrics/snapshot.ts'
import { type FromWorker, METRICS, readMessage, type ToWorker } from './messages.ts'

/** A worker that takes longer is left out of this answer. What it asks the database itself takes a second at most. */
const PATIENCE: Duration = 2 * SECOND

export interface Scraping {
  /** It serves, and can be asked from now on. */
  add(worker: Worker): void
  close(): Promise<void>
}

type Answer = Extract<FromWorker, { kind: 'metrics' }>

/** Rejects with MetricsError. */
export async function scrapeWorkers(config: MetricsConfig, log: Log): Promise<Scraping> {
  const { workerMetrics } = await import('../../telemetry/metrics/workers.ts')
  const { expose } = await import('../../telemetry/metrics/exposition.ts')
  const all = workerMetrics()
  const workers = new Set<Worker>()
  let question = 0

  /** What is the same for all is asked of the first that answered the last time. */
  let spokesman: Worker | undefined

  async function collect() {
    question++
    const asked = [...workers].filter((worker) => worker.isConnected())
    if (spokesman === undefined || !asked.includes(spokesman)) spokesman = asked[0]
    const speaker = spokesman
    await Promise.all(
      asked.map(async (worker) => {
        const snapshot = await ask(worker, { question, shared: worker === speaker })
        if (workers.has(worker)) all.heard(worker.id, snapshot)
        if (snapshot === undefined && worker === spokesman) spokesman = asked.find((other) => other !== worker)
      }),
    )
    return all.expose(workers.size)
  }

  const exposition: Exposition = await expose(config, collect, log)
  return {
    add(worker) {
      workers.add(worker)
      worker.once('exit', () => {
        workers.delete(worker)
        all.ended(worker.id)
      })
    },
    close: exposition.close,
  }
}

/** Undefined: not in time. */
function ask(
  worker: Worker,
  { question, shared }: { question: number; shared: boolean },
): Promise<Snapshot | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(undefined), PATIENCE)
    const hear = (message: unknown): void => {
      const answer = readMessage(message)
      if (isAnswer(answer) && answer.question === question) end(answer.snapshot)
    }
    const gone = (): void => end(undefined)
    function end(snapshot: Snapshot | undefined): void {
      clearTimeout(timer)
      worker.off('message', hear)
      worker.off('exit', gone)
      resolve(snapshot)
    }
    worker.on('message', hear)
    worker.on('exit', gone)
    worker.send({ kind: METRICS, question, shared } satisfies ToWorker)
  })
}

const isAnswer = (message: FromWorker | undefined): message is Answer => message?.kind === 'metrics'
