/** Whether the hashes that may be under way at once fit into the memory of this machine, or of its container. */
import type { Config } from '../../config/config.ts'
import { type Finding, fine, problem, warning } from './finding.ts'

const KIB = 1024
const MIB = KIB * KIB
/** What a process takes beside its hashes. */
const PROCESS = 150 * MIB

/** @param available in bytes */
export function checkMemory(
  { concurrency, memoryKib }: Config['passwordHashing'],
  available: number,
): readonly Finding[] {
  const hashing = concurrency * memoryKib * KIB
  const share = (hashing + PROCESS) / available
  const found = `${concurrency} hashes at once take up to ${mib(hashing)} MiB in each process; there are ${mib(available)} MiB`
  const todo =
    'Lower password_hashing.concurrency or give it more memory; each worker of serve --workers takes as much again.'
  if (share > 0.8) return [problem(found, todo)]
  return share > 0.5 ? [warning(found, todo)] : [fine(found)]
}

const mib = (bytes: number): number => Math.round(bytes / MIB)
