/** What a job in the background is, and the small runner that repeats it. */
import type { Duration } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import { logFailure } from '../storage/storage.ts'
import { type HeldLease, holdLease, type LeaseDeps } from './lease.ts'

interface Work {
  readonly name: string
  /** From the end of one run to the start of the next. */
  readonly everyMs: Duration
  /** `signal` is aborted when the process stops or may not go on: a job of several steps asks it between them. */
  run(signal: AbortSignal): Promise<void>
}

/** What every process has to do for itself, such as seeing what the others did. */
export interface EverywhereJob extends Work {
  readonly runs: 'everywhere'
}

/**
 * What is to be done once, whoever does it. The lease keeps two processes from working at the same moment; but a process
 * can be halted at any moment, and wake up after another has taken over. So each step must by itself be safe to take twice.
 */
export interface OneAtATimeJob extends Work {
  readonly runs: 'one_at_a_time'
}

export type Job = EverywhereJob | OneAtATimeJob

export interface Jobs {
  /** Ends what is done one at a time, and lets the next process take it over at once. */
  handOver(): Promise<void>
  /** Ends all; waits for runs under way. */
  stop(): Promise<void>
}

/**
 * Runs each job every `everyMs`, for the first time after `everyMs`; never two runs of one job at once, and a
 * OneAtATimeJob only while this process holds the lease of its name. A run that rejects is logged, and the next one
 * comes all the same. Keeps no process alive.
 */
export function startJobs(jobs: readonly Job[], deps: LeaseDeps): Jobs {
  const running = jobs.map((job) => ({ job, stop: start(job, deps) }))
  return {
    async handOver() {
      await Promise.all(running.map(({ job, stop }) => (job.runs === 'one_at_a_time' ? stop() : undefined)))
    },
    async stop() {
      await Promise.all(running.map(({ stop }) => stop()))
    },
  }
}

function start(job: Job, deps: LeaseDeps): () => Promise<void> {
  if (job.runs === 'everywhere') return repeat(job, deps.log, () => undefined)
  const lease: HeldLease = holdLease(job.name, deps)
  const stop = repeat(job, deps.log, () => lease.held() ?? 'not_ours')
  let stopping: Promise<void> | undefined
  return () => (stopping ??= stop().then(lease.giveBack))
}

/** `permit`: asked before each run; the signal that ends it early. */
function repeat(job: Work, log: Log, permit: () => AbortSignal | 'not_ours' | undefined): () => Promise<void> {
  const stopped = new AbortController()
  let running = Promise.resolve()
  let timer = schedule()

  function schedule() {
    return setTimeout(() => {
      running = runIfPermitted().then(() => {
        if (!stopped.signal.aborted) timer = schedule()
      })
    }, job.everyMs).unref()
  }

  async function runIfPermitted(): Promise<void> {
    const permitted = permit()
    if (permitted === 'not_ours') return
    await runOnce(job, log, permitted ? AbortSignal.any([stopped.signal, permitted]) : stopped.signal)
  }

  return () => {
    stopped.abort()
    clearTimeout(timer)
    return running
  }
}

async function runOnce(job: Work, log: Log, signal: AbortSignal): Promise<void> {
  try {
    await job.run(signal)
  } catch (error) {
    logFailure(log, error, { message: 'a job failed; it runs again at its next time', job: job.name })
  }
}
