/** Rules for `issuer`: OpenID Connect Core §2, RFC 8414 §2. */
import { isLoopbackHost } from '../../protocol/redirect-uri.ts'
import type { Words } from '../fault.ts'
import { quote } from '../shown-value.ts'
import type { Facts } from './facts.ts'

const ALLOWED =
  'an https URL (http only on localhost, *.localhost, 127.0.0.0/8 or [::1]), without query, fragment or user'

/** The issuer is a name that is compared as text, so it must be written as URLs are written. */
export function reportIssuerFaults({ file: { issuer }, faults }: Facts): void {
  const words = issuer === undefined ? undefined : issuerFault(issuer)
  if (words) faults.report(['issuer'], { allowed: ALLOWED, ...words })
}

function issuerFault(issuer: string): Words | undefined {
  if (!/^https?:\/\//i.test(issuer)) return { message: 'is not a web address: it must begin with https://' }
  if (!URL.canParse(issuer)) return { message: 'is not a valid URL' }
  const url = new URL(issuer)
  if (url.username !== '' || url.password !== '' || issuer.includes('@'))
    return { message: 'contains a user name or password' }
  if (issuer.includes('#')) return { message: 'contains a fragment (#)' }
  if (issuer.includes('?')) return { message: 'contains a query (?)' }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return { message: 'is plain http on a host that is not loopback' }
  }
  // It becomes the beginning of every route and of every path in a redirect.
  if (!/^(\/[A-Za-z0-9._~-]+)*\/?$/.test(url.pathname)) {
    return { message: 'has a path with something other than letters, digits and - . _ ~ between single slashes' }
  }
  if (issuer === url.href || `${issuer}/` === url.href) return undefined
  return { message: 'is not written as browsers write it', suggestion: quote(withoutSlash(url.href, issuer)) }
}

const withoutSlash = (href: string, issuer: string): string => (issuer.endsWith('/') ? href : href.replace(/\/$/, ''))
