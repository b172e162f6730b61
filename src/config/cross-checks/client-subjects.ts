/** The rule for pairwise subjects, as the protocol has it for every client: OpenID Connect Core §8.1. */
import { sectorFaults } from '../../protocol/client-rules.ts'
import { type ClientFacts, clientPath } from './facts.ts'

/** Every sign-on must have one sector. */
export function reportClientSubjectFaults(facts: ClientFacts): void {
  const isKnown = (member: string): boolean => !facts.faults.touches(clientPath(facts, member))
  for (const { member, ...words } of sectorFaults(facts.client, isKnown)) {
    facts.faults.report(clientPath(facts, member), words)
  }
}
