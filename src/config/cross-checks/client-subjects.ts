/** The rule for pairwise subjects: OpenID Connect Core §8.1. */
import { redirectHosts } from '../../protocol/subject.ts'
import { type ClientFacts, clientPath } from './facts.ts'

/** Every sign-on must have one sector. */
export function reportClientSubjectFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  const isUnknown = ['redirect_uris', 'sector_identifier_uri'].some((key) => faults.touches(clientPath(facts, key)))
  if (isUnknown || client.subject_type !== 'pairwise' || client.sector_identifier_uri !== undefined) return
  const hosts = redirectHosts((client.redirect_uris ?? []).filter((uri) => uri !== undefined))
  if (hosts.length <= 1) return
  const shown = hosts.map((host) => host || 'none').join(', ')
  faults.report(clientPath(facts, 'sector_identifier_uri'), {
    message: `is missing: the redirect URIs of this pairwise client are on several hosts (${shown})`,
    allowed: 'an https URL on the host that stands for all of its redirect URIs',
  })
}
