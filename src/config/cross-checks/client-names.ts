/** Rules for a client's name, as the protocol has them for every client. */
import { nameFaults } from '../../protocol/client-rules.ts'
import { type ClientFacts, clientPath } from './facts.ts'

export function reportClientNameFaults(facts: ClientFacts): void {
  for (const { member, ...words } of nameFaults(facts.client)) facts.faults.report(clientPath(facts, member), words)
}
