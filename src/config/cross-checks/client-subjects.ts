/** Rules for pairwise subjects: OpenID Connect Core §8.1. */
import { isLoopbackHost } from '../../protocol/redirect-uri.ts'
import { sectorHosts } from '../../protocol/subject.ts'
import { type ClientFacts, clientPath } from './facts.ts'

const ALLOWED = 'an https URL on the host that stands for all of its redirect URIs'

/** Every sign-on must have one sector. Without redirect URIs nobody signs in. */
export function reportClientSubjectFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  const isUnknown = ['redirect_uris', 'sector_identifier_uri'].some((key) => faults.touches(clientPath(facts, key)))
  const redirectUris = (client.redirect_uris ?? []).filter((uri) => uri !== undefined)
  if (client.subject_type !== 'pairwise' || client.sector_identifier_uri !== undefined) return
  if (isUnknown || redirectUris.length === 0) return
  const path = clientPath(facts, 'sector_identifier_uri')
  const hosts = sectorHosts({ redirect_uris: redirectUris })
  const [host = ''] = hosts
  if (hosts.length > 1) {
    const message = `is missing: the redirect URIs of this pairwise client are on several hosts (${hosts.map(shown).join(', ')})`
    faults.report(path, { message, allowed: ALLOWED })
  } else if (host === '') {
    const message = 'is missing: the redirect URIs of this pairwise client have no host'
    faults.report(path, { message, allowed: ALLOWED })
  } else if (isLoopbackHost(host)) {
    const message = `is missing: every pairwise client on ${host} knows people by the same sub`
    faults.warn(path, { message, allowed: ALLOWED })
  }
}

const shown = (host: string): string => (host === '' ? 'none' : host)
