/** Rules for a client's URIs, as the protocol has them for every client. */
import { uriFaults } from '../../protocol/client-rules.ts'
import { type ClientFacts, clientPath } from './facts.ts'

export function reportClientUriFaults(facts: ClientFacts): void {
  const isKnown = (member: string): boolean => !facts.faults.touches(clientPath(facts, member))
  for (const { member, index, ...words } of uriFaults(facts.client, isKnown)) {
    facts.faults.report(clientPath(facts, member, ...(index === undefined ? [] : [index])), words)
  }
}
