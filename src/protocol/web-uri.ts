/** URIs of a client's own web pages: client_uri, logo_uri, policy_uri, tos_uri, initiate_login_uri (RFC 7591 §2). */
import { isLoopbackHost } from './redirect-uri.ts'

/**
 * Why `uri` may not be shown to people as a link, as words that complete "it …"; undefined when it may.
 * RFC 7591 §5: such links are an attacker's way onto a page that people trust, so only web addresses pass.
 */
export function webUriFault(uri: string): string | undefined {
  if (!/^https?:\/\/[^/?#]/i.test(uri)) return 'is not a web address: it must begin with https://'
  if (!/^[\x21-\x7e]+$/.test(uri) || /["<>\\^`{|}]/.test(uri))
    return 'contains a character that must be percent-encoded'
  if (!URL.canParse(uri)) return 'is not a valid URL'
  const url = new URL(uri)
  if (url.username !== '' || url.password !== '') return 'contains a user name or password'
  // The URL parser takes nearly anything for a host, also what would end a list in a header.
  if (!/^([a-z0-9._-]+|\[[0-9a-f:]+\])$/.test(url.hostname)) return 'names a host that is none'
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return 'is plain http on a host that is not loopback: use https'
  }
  return undefined
}
