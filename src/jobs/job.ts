/** What a job in the background is, and the small runner that repeats it. */
import type { Duration } from '../base/duration.ts'
import type { Log } from '../base/log.ts'

export interface Job {
  readonly name: string
  /** From the end of one run to the start of the next. */
  readonly everyMs: Duration
  run(): Promise<void>
}

/**
 * Runs each job every `everyMs`, for the first time after `everyMs`; never two runs of one job at once. A run that
 * rejects is logged, and the next one comes all the same. `stop` waits for runs under way. Keeps no process alive.
 */
export function startJobs(jobs: readonly Job[], { log }: { log: Log }): { stop(): Promise<void> } {
  const stops = jobs.map((job) => repeat(job, log))
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}

function repeat(job: Job, log: Log): () => Promise<void> {
  let stopped = false
  let running = Promise.resolve()
  let timer = schedule()

  function schedule() {
    return setTimeout(() => {
      running = runOnce(job, log).then(() => {
        if (!stopped) timer = schedule()
      })
    }, job.everyMs).unref()
  }

  return () => {
    stopped = true
    clearTimeout(timer)
    return running
  }
}

async function runOnce(job: Job, log: Log): Promise<void> {
  try {
    await job.run()
  } catch (error) {
    log.error({ err: error, job: job.name }, 'a job failed; it runs again at its next time')
  }
}
