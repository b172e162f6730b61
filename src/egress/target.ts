/** What may be asked at all: the URL by itself, then the addresses that its host stands for. */
import { type HostPattern, parseHostPattern, withoutBrackets } from '../base/host-pattern.ts'
import { isInRange, parseIpAddress, parseIpRange } from '../base/ip-address.ts'
import type { Config } from '../config/config.ts'
import { isLoopbackHost } from '../protocol/redirect-uri.ts'
import { EgressError } from './egress-error.ts'
import { isPublicAddress } from './public-address.ts'

export interface EgressPolicy {
  /** `egress.allowed_hosts`. */
  readonly allowed: readonly HostPattern[]
  /** In development, where the issuer is a plain http loopback URL itself, its neighbours may be asked. */
  readonly isDevelopment: boolean
  /** In milliseconds, of one request with all that belongs to it. */
  readonly timeout: number
}

export function egressPolicy({ issuer, egress }: Pick<Config, 'issuer' | 'egress'>): EgressPolicy {
  const { protocol, hostname } = new URL(issuer)
  return {
    allowed: egress.allowedHosts.flatMap((text) => parseHostPattern(text) ?? []),
    isDevelopment: protocol === 'http:' && isLoopbackHost(hostname),
    timeout: egress.timeout,
  }
}

export interface Target {
  readonly url: URL
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** The operator named this very host, so whatever address it has is meant. */
  readonly isNamed: boolean
  /** Its name can only mean this machine, and this is development. */
  readonly isNeighbour: boolean
}

const MAX_URL_LENGTH = 2048
const HTTPS_PORT = 443
/** Below it live the system's own services, many of which make sense of what HTTP sends them. */
const FIRST_UNPRIVILEGED_PORT = 1024

/** The URL as a target, as far as it can be judged without its addresses; throws `EgressError`. */
export function parseTarget(text: string, policy: EgressPolicy): Target {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) throw new EgressError('bad_url', 'it is no URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new EgressError('bad_url', 'its scheme is not https')
  if (url.username !== '' || url.password !== '') throw new EgressError('bad_url', 'it has credentials in it')
  if (text.includes('#')) throw new EgressError('bad_url', 'it has a fragment')
  const host = withoutBrackets(url.hostname)
  const port = url.port === '' ? (url.protocol === 'https:' ? HTTPS_PORT : 80) : Number(url.port)
  // Port 0 means "any free one" to listeners and nothing to clients.
  if (port === 0) throw new EgressError('bad_url', `${host}: there is no port 0`)
  const isNamed = policy.allowed.some(
    (pattern) => pattern.kind === 'host' && pattern.host === host && (pattern.port ?? port) === port,
  )
  const isNeighbour = policy.isDevelopment && isLoopbackHost(host)
  if (url.protocol === 'http:' && !isNamed && !isNeighbour) {
    throw new EgressError('bad_url', `${host}: plain http is for hosts that egress.allowed_hosts names`)
  }
  return { url, host, port, isNamed, isNeighbour }
}

/** All of the addresses that a target stands for must be fit to be asked, or none is; throws `EgressError`. */
export function judgeAddresses(target: Target, addresses: readonly string[], policy: EgressPolicy): void {
  const { host, port } = target
  if (target.isNamed) return
  for (const address of addresses) {
    const parsed = parseIpAddress(address)
    if (parsed === undefined) throw new EgressError('unresolvable', `${host}: ${address} is no address`)
    const isAllowed = policy.allowed.some((pattern) => pattern.kind === 'range' && isInRange(parsed, pattern.range))
    if (isAllowed || (target.isNeighbour && LOOPBACK.some((range) => isInRange(parsed, range)))) continue
    if (!isPublicAddress(parsed)) {
      throw new EgressError('refused_address', `${host}: ${address} is not public, and not in egress.allowed_hosts`)
    }
    if (port !== HTTPS_PORT && port < FIRST_UNPRIVILEGED_PORT) {
      throw new EgressError('bad_url', `${host}: port ${port} is for hosts in egress.allowed_hosts`)
    }
  }
}

const LOOPBACK = ['127.0.0.0/8', '::1'].flatMap((text) => parseIpRange(text) ?? [])
