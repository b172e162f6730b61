/** No two clients have one client_id; they are compared to the letter, as in requests. */
import type { Facts } from './facts.ts'

export function reportDuplicateClients({ file, faults }: Facts): void {
  const first = new Map<string, number>()
  for (const [index, client] of (file.clients ?? []).entries()) {
    const id = client?.client_id
    if (id === undefined) continue
    const other = first.get(id)
    if (other === undefined) first.set(id, index)
    else {
      const allowed = 'a client_id of its own for each client'
      faults.reportTwice(['clients', index, 'client_id'], ['clients', other, 'client_id'], { allowed })
    }
  }
}
