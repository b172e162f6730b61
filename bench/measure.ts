/** One turn of one operation at one server: its CPU per operation, and what the clients saw. */
import type { StartedServer } from './countersign.ts'
import { type Connection, openConnection } from './http-connection.ts'
import type { Batch, Operation, World } from './operations.ts'

const CONNECTIONS = 16

export interface Turn {
  /** Microseconds of the server's CPU, and its database's, per operation. */
  readonly cpu: number
  /** Per second. */
  readonly throughput: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** Prepares, measures and proves batches until `seconds` were measured. Rejects with a BenchError for a wrong answer. */
export async function measure(
  server: StartedServer,
  operation: Operation,
  { seconds, ...known }: Omit<World, 'connections'> & { seconds: number },
): Promise<Turn> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(server.issuer)))
  const latencies: number[] = []
  let cpu = 0
  let elapsed = 0
  try {
    while (elapsed < seconds * 1000) {
      const batch = await operation.prepare({ ...known, connections })
      const before = await server.usage()
      const begun = performance.now()
      const end = begun + seconds * 1000 - elapsed
      await Promise.all(connections.map((connection) => work(batch, connection, { end, latencies })))
      elapsed += performance.now() - begun
      cpu += (await server.usage()).cpu - before.cpu
      await batch.prove()
    }
  } finally {
    for (const connection of connections) connection.close()
  }
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  const { length } = latencies
  return { cpu: cpu / length, throughput: (length / elapsed) * 1000, p50: at(0.5), p99: at(0.99) }
}

async function work(
  batch: Batch,
  connection: Connection,
  { end, latencies }: { end: number; latencies: number[] },
): Promise<void> {
  for (let now = performance.now(); now < end; ) {
    if (!(await batch.step(connection))) return
    const after = performance.now()
    latencies.push(after - now)
    now = after
  }
}
