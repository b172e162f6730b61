/** Rules for a client's name, as the protocol has them for every client. */
import { clientNameFault } from '../../protocol/client-name.ts'
import { nameFaults } from '../../protocol/client-rules.ts'
import { isLanguageTag } from '../../protocol/locales.ts'
import { type ClientFacts, clientPath } from './facts.ts'

export function reportClientNameFaults(facts: ClientFacts): void {
  for (const { member, ...words } of nameFaults(facts.client)) facts.faults.report(clientPath(facts, member), words)
  // The schema leaves the tags open, and holds every name to be a text.
  const names = (facts.client.client_names ?? {}) as Readonly<Record<string, string | undefined>>
  for (const [tag, name] of Object.entries(names)) {
    const at = clientPath(facts, 'client_names', tag)
    if (!isLanguageTag(tag)) facts.faults.report(at, { message: 'is no language', allowed: 'a BCP 47 tag: de, pt-BR' })
    const message = name === undefined ? undefined : clientNameFault(name)
    if (message !== undefined) facts.faults.report(at, { message, allowed: 'one line that people can read' })
  }
}
