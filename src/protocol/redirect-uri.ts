/** Which redirection URIs a client may register (RFC 6749 §3.1.2, RFC 8252, RFC 9700 §4.1). Matching is in redirect-target.ts. */
import type { ApplicationType } from './vocabulary.ts'

const MAX_LENGTH = 2048
/** Schemes that make a browser run, read or show something of its own instead of calling the client. */
const DANGEROUS_SCHEMES = new Set(
  'javascript data vbscript file blob filesystem about view-source mailto tel sms intent ws wss ftp'.split(' '),
)

/** The pieces as written, before the URL parser has rewritten any of them. */
interface Written {
  readonly uri: string
  readonly scheme: string
  readonly authority: string | undefined
  readonly path: string
}

/**
 * Why `uri` may not be registered as a redirection or post-logout redirection URI, as words that complete "it …";
 * undefined when it may. The words never repeat the URI.
 */
export function redirectUriFault(uri: string, applicationType: ApplicationType): string | undefined {
  const fault = characterFault(uri)
  if (fault !== undefined) return fault
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?]*))?([^?]*)/.exec(uri)
  if (!match) return 'is not absolute: it must begin with a scheme such as https:'
  const written = { uri, scheme: (match[1] ?? '').toLowerCase(), authority: match[2], path: match[3] ?? '' }
  // A password in a URI ends up in logs and histories; a user name before @ disguises the host.
  if (written.authority?.includes('@')) return 'contains a user name or password'
  if (DANGEROUS_SCHEMES.has(written.scheme)) return `uses the scheme ${written.scheme}:, which is never allowed`
  return written.scheme === 'http' || written.scheme === 'https'
    ? webFault(written)
    : privateSchemeFault(written, applicationType)
}

/** Whether `hostname` (as in `URL.hostname`) can only mean the machine that asks: RFC 8252 §7.3, RFC 6761 §6.3. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase()
  if (host === 'localhost' || host === '[::1]' || host === '::1') return true
  if (/^([a-z0-9_-]+\.)+localhost$/.test(host)) return true
  const numbers = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1)
  return numbers?.every((number) => Number(number) <= 255) ?? false
}

/** What no URI may contain. The set is RFC 3986 §2, less what browsers read differently or what could match too much. */
function characterFault(uri: string): string | undefined {
  if (uri === '') return 'is empty'
  if (uri.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`
  // RFC 6749 §3.1.2
  if (uri.includes('#')) return 'contains a fragment (#)'
  // RFC 9700 §4.1.3: exact string matching
  if (uri.includes('*')) return 'contains a wildcard (*): URIs are compared exactly'
  if (uri.includes('\\')) return 'contains a backslash'
  if (/\s/.test(uri)) return 'contains white space'
  if (!/^[\x21-\x7e]+$/.test(uri)) return 'contains characters other than printable ASCII: percent-encode them'
  if (/["<>^`{|}]/.test(uri)) return 'contains a character that no URI may contain: percent-encode it'
  if (/%(?![0-9A-Fa-f]{2})/.test(uri)) return 'contains a % that is not followed by two hexadecimal digits'
  return undefined
}

function webFault({ uri, scheme, authority, path }: Written): string | undefined {
  if (!authority) return `names no host: write ${scheme}://host/path`
  if (!URL.canParse(uri)) return 'is not a valid URL'
  const url = new URL(uri)
  const withoutDefaultPort = authority.toLowerCase().replace(scheme === 'https' ? /:443$/ : /:80$/, '')
  // 0x7f.1 or 127.1 would be one host here and another one in the comparison of strings.
  if (url.host !== withoutDefaultPort) return `writes its host in an unusual way: write ${url.host}`
  if (path !== '' && path !== url.pathname) return 'contains . or .. segments in its path'
  // RFC 9700 §4.1.1, RFC 8252 §7.3: without TLS a code may only cross the machine's own loopback interface.
  if (scheme === 'http' && !isLoopbackHost(url.hostname))
    return 'is plain http on a host that is not loopback: use https'
  return undefined
}

function privateSchemeFault({ uri, scheme }: Written, applicationType: ApplicationType): string | undefined {
  if (applicationType !== 'native') {
    return `uses the scheme ${scheme}:, which only clients with application_type: native may use`
  }
  // RFC 8252 §7.1: a reversed domain name, so that no two makers choose the same one
  if (!/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+$/.test(scheme)) {
    return `uses the scheme ${scheme}:, which is no reversed domain name such as com.example.app:`
  }
  return URL.canParse(uri) ? undefined : 'is not a valid URI'
}
