/** What a PostgreSQL server on this machine has used: all of its processes together. */
import { readdirSync, readFileSync } from 'node:fs'
import { Client } from 'pg'
import { BenchError } from './bench-error.ts'

/** Rejects with a BenchError when the server's processes are not on this machine, or it is no Linux. */
export async function databaseUsage(url: string): Promise<() => number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const postmaster = parentOf(String(rows[0]?.pid))
    if (postmaster === undefined)
      throw new BenchError('The CPU of PostgreSQL can be measured on the same Linux machine only.')
    return microsecondsOf(postmaster)
  } finally {
    await client.end()
  }
}

/** In microseconds; the kernel counts them in nanoseconds. What a process had used that has ended since still counts. */
function microsecondsOf(postmaster: string): () => number {
  const known = new Map<string, number>()
  return () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (pid === postmaster || parentOf(pid) === postmaster)
        known.set(pid, Math.max(known.get(pid) ?? 0, cpuTimeOf(pid)))
    }
    return [...known.values()].reduce((sum, time) => sum + time, 0) / 1000
  }
}

/** Undefined when there is no such process, or not a PostgreSQL's. */
function parentOf(pid: string): string | undefined {
  const stat = contents(`/proc/${pid}/stat`)
  return /^\d+ \((?:postgres|postmaster).*\) \S (\d+)/.exec(stat)?.[1]
}

const cpuTimeOf = (pid: string): number => Number(contents(`/proc/${pid}/schedstat`).split(' ')[0])

function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended since.
    return ''
  }
}
