/** Hosts as an operator lists them: a name or an address, with or without a port, or a range of addresses. */
import { type IpRange, parseIpAddress, parseIpRange } from './ip-address.ts'

export type HostPattern =
  | {
      readonly kind: 'host'
      /** As in `URL.hostname`, but an IPv6 address has no brackets. */
      readonly host: string
      /** Left out: every port. */
      readonly port?: number
    }
  | { readonly kind: 'range'; readonly range: IpRange }

/** `wiki.internal`, `wiki.internal:8443`, `10.0.0.7:8443`, `::1`, `[::1]:8443`, `10.0.0.0/8`; undefined for anything else. */
export function parseHostPattern(text: string): HostPattern | undefined {
  if (text.includes('/')) {
    const range = parseIpRange(text)
    return range && { kind: 'range', range }
  }
  if (parseIpAddress(text)) return withPort(text.includes(':') ? `[${text}]` : text, undefined)
  const [, host = '', port] = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  return withPort(host, port)
}

/** The host must be written as the URL parser writes it, since that is what it is compared with. */
function withPort(host: string, digits: string | undefined): HostPattern | undefined {
  if (!/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)$/.test(host) || !URL.canParse(`https://${host}/`)) return undefined
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined
  const { hostname } = new URL(`https://${host}/`)
  return { kind: 'host', host: withoutBrackets(hostname), ...(port !== undefined && { port }) }
}

/** `[::1]` → `::1`: brackets belong to URLs. */
export const withoutBrackets = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')
