/** Rules for `upstream`: names and issuers of their own, addresses that may be asked, one secret each, and no trust by accident. */
import { webUriFault } from '../../protocol/web-uri.ts'
import { formatPath } from '../fault.ts'
import type { Draft, UpstreamEntry } from '../schema.ts'
import { withoutPlainHttp } from './allowed-hosts.ts'
import type { Facts } from './facts.ts'

const SECRETS = ['client_secret', 'client_secret_file'] as const

type Entry = Draft<UpstreamEntry>

export function reportUpstreamFaults(facts: Facts): void {
  const { file } = facts
  for (const [index, entry] of (file.upstream ?? []).entries()) {
    if (entry === undefined) continue
    reportTwice(facts, index, entry)
    reportAddresses(facts, index, entry)
    reportSecret(facts, index, entry)
    reportPeople(facts, index, entry)
  }
}

const at = (index: number, ...steps: readonly (string | number)[]) => ['upstream', index, ...steps]

/** Accounts are linked by the issuer: two entries of one would be one provider under two names. */
function reportTwice({ file, faults }: Facts, index: number, entry: Entry): void {
  for (const key of ['id', 'issuer'] as const) {
    const first = (file.upstream ?? []).findIndex((other) => other?.[key] !== undefined && other[key] === entry[key])
    if (first >= 0 && first < index) {
      const allowed = key === 'id' ? 'an id of its own for each provider' : 'one entry for each provider'
      faults.reportTwice(at(index, key), at(first, key), { allowed })
    }
  }
}

function reportAddresses({ file, faults }: Facts, index: number, { issuer, logo_uri }: Entry): void {
  if (issuer !== undefined) {
    const fault = issuerFault({ file }, issuer)
    if (fault !== undefined) {
      const allowed =
        'an https URL without query and fragment, as its discovery document has it (http only on loopback)'
      faults.report(at(index, 'issuer'), { message: fault, allowed })
    }
  }
  const logoFault = logo_uri === undefined ? undefined : webUriFault(logo_uri)
  if (logoFault !== undefined) faults.report(at(index, 'logo_uri'), { message: logoFault, allowed: 'an https URL' })
}

function issuerFault({ file }: Pick<Facts, 'file'>, issuer: string): string | undefined {
  if (/\{|%7b/i.test(issuer)) return 'is the pattern of many issuers, not one'
  const judged = withoutPlainHttp({ file }, issuer)
  const fault = judged === undefined ? undefined : webUriFault(judged)
  if (fault !== undefined) return fault
  // OpenID Connect Discovery §4.3
  if (/[?#]/.test(issuer)) return 'has a query or a fragment'
  return issuer === file.issuer ? 'is our own' : undefined
}

function reportSecret({ faults, texts }: Facts, index: number, entry: Entry): void {
  const given = SECRETS.filter((key) => entry[key] !== undefined || faults.touches(at(index, key)))
  const [first, second] = given
  if (entry.token_endpoint_auth_method === 'none') {
    for (const key of given) {
      const message = 'does nothing: token_endpoint_auth_method is none'
      faults.report(at(index, key), { message, allowed: 'no secret, or another token_endpoint_auth_method' })
    }
    return
  }
  if (first === undefined) {
    const allowed = `one of ${SECRETS.join(', ')}: the provider gives it; or token_endpoint_auth_method: none`
    faults.report(at(index, 'client_secret'), { message: 'is missing', allowed })
  }
  if (second !== undefined) {
    faults.report(at(index, second), { message: `contradicts ${first}`, allowed: 'one of the two' })
  }
  const inFile = texts.get(formatPath(at(index, 'client_secret_file')))
  for (const [key, secret] of [
    ['client_secret', entry.client_secret],
    ['client_secret_file', inFile],
  ] as const) {
    // RFC 6749 Appendix A.2
    if (secret !== undefined && !/^[ -~]{1,1000}$/.test(secret)) {
      faults.report(at(index, key), { message: 'has characters that no secret has', allowed: 'printable ASCII' })
    }
  }
}

function reportPeople({ faults }: Facts, index: number, entry: Entry): void {
  const { scope, claims, allowed_groups: groups = [], allowed_domains: domains = [] } = entry
  if (scope !== undefined && !scope.split(' ').includes('openid')) {
    faults.report(at(index, 'scope'), { message: 'is not OpenID Connect without openid', allowed: 'openid among them' })
  }
  if (claims?.groups !== undefined && groups.length === 0) {
    const message = 'takes nothing: which groups the provider may decide about is not said'
    faults.report(at(index, 'claims', 'groups'), { message, allowed: 'allowed_groups beside claims' })
  }
  if (groups.length > 0 && claims?.groups === undefined && !faults.touches(at(index, 'claims'))) {
    const message = 'does nothing without a claim that the groups are in'
    faults.report(at(index, 'allowed_groups'), { message, allowed: 'claims: { groups: … } beside it' })
  }
  for (const [which, domain] of domains.entries()) {
    if (domain !== undefined && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(domain)) {
      const allowed = 'a domain such as example.com; subdomains are domains of their own'
      faults.report(at(index, 'allowed_domains', which), { message: 'is no domain', allowed })
    }
  }
  if (entry.sign_up !== 'everyone' && domains.length > 0) {
    const message = 'does nothing where nobody may sign up'
    faults.report(at(index, 'allowed_domains'), { message, allowed: 'sign_up: everyone beside it' })
  }
  reportEverybody({ faults }, index, entry)
}

/** Everybody who has an account at a large provider: worth a word, and sometimes meant. */
function reportEverybody({ faults }: Pick<Facts, 'faults'>, index: number, entry: Entry): void {
  const isOpen = entry.sign_up === 'everyone' && entry.allowed_domains?.length === 0 && entry.require?.length === 0
  if (!isOpen || entry.issuer === undefined || !OPEN_TO_ALL.test(entry.issuer)) return
  faults.warn(at(index, 'sign_up'), {
    message: 'everybody in the world may have an account at this provider, and so here: is that meant?',
    allowed: 'require or allowed_domains beside it',
  })
}

const OPEN_TO_ALL =
  /^https:\/\/(accounts\.google\.com|appleid\.apple\.com|gitlab\.com|www\.facebook\.com|login\.microsoftonline\.com\/9188040d-6c67-4c5b-b112-36a304b66dad\/v2\.0)\/?$/
