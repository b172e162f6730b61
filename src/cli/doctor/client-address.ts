/** Whom the running server takes for the client, behind what is in front of it: the log, the audit and the limits on guesses go by it. */
import { isInRange, parseIpAddress, parseIpRange } from '../../base/ip-address.ts'
import { isLoopbackAddress } from '../../base/network.ts'
import type { Config } from '../../config/config.ts'
import type { SeenRequest } from '../../keys/doctor-pass.ts'
import type { Endpoint } from './ask.ts'
import { type Finding, fine, problem, unknown, warning } from './finding.ts'

/** Nobody's (RFC 5737): sent as if it were the client's, to see who believes it. */
export const MADE_UP_ADDRESS = '192.0.2.77'

/** What is known on this side. */
export interface Here {
  /** Of this machine, which may be the proxy's, too. */
  readonly ownAddresses: readonly string[]
  /** Our end of the connection to the public URL. */
  readonly from: Endpoint | undefined
  /** Whether the public URL has the certificate that Countersign itself serves with; undefined: that is not known. */
  readonly isOwnCertificate: boolean | undefined
}

export function clientAddress(
  seen: SeenRequest,
  config: Pick<Config, 'issuer' | 'trustedProxies'>,
  here: Here,
): Finding {
  const { peer, client, headers } = seen
  const forwarded = headers['x-forwarded-for']
  const isBelieved = (address: string): boolean => config.trustedProxies.some((range) => isWithin(address, range))
  const isTrusted = isBelieved(peer)
  const isAdded = forwarded !== undefined && forwarded.trim() !== MADE_UP_ADDRESS
  if (client === MADE_UP_ADDRESS) return ofMadeUp(seen, here, { isAdded, areAllBelieved: isBelieved(MADE_UP_ADDRESS) })
  if (isTrusted && client !== peer) return fine(`client address: ${client}, as the proxy at ${peer} tells`)
  const trust = isTrusted ? '' : `\nThen set trusted_proxies: ['${peer}'].`
  if (forwarded === undefined) return silent(`the proxy at ${peer} takes X-Forwarded-For away and tells none`, trust)
  if (isTrusted) return silent(`the proxy at ${peer} tells none`, trust)
  if (isAdded) {
    return warning(
      `client address: the proxy at ${peer} tells it, and is not believed, so everybody seems to come from there`,
      `${HARM} Set trusted_proxies: ['${peer}'] when that is your proxy.`,
    )
  }
  const straight = isStraight(seen, here)
  if (straight === true) return fine(`client address: ${client}, straight from the connection`)
  const sign = signOfProxy(seen, config, here)
  if (sign !== undefined) return silent(`${sign}, at ${peer}, tells none`, trust)
  if (straight === undefined) return fine(`client address: ${client}, straight from the connection`)
  return unknown(
    `client address: ${peer}, though the doctor asked from ${here.from?.address}: something changes addresses on the way`,
    'If that is so for the doctor alone (it asks its own network from within), it is no harm: sign in from elsewhere, and look at the address in countersign audit list. If it is the same for everybody, a balancer of TCP connections hides who comes: let it keep addresses, or put a proxy there that tells them.',
  )
}

const HARM = 'The log, the audit and the limits on guesses cannot tell people apart.'

/** A line for each that is common. */
const TELL = `With nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
With Caddy: reverse_proxy tells it by itself: take out what removes it (header_up -X-Forwarded-For).
With Traefik: it tells it by itself: take X-Forwarded-For out of customRequestHeaders.`

const silent = (found: string, trust: string): Finding =>
  warning(`client address: ${found}, so everybody seems to come from there`, `${HARM}\n${TELL}${trust}`)

/** The doctor's own connection is the one that arrived; undefined: an older server does not say by which port it came. */
function isStraight({ peer, peerPort }: SeenRequest, { from }: Here): boolean | undefined {
  if (from === undefined || peerPort === undefined) return undefined
  return from.port === peerPort && plain(from.address) === plain(peer)
}

/** The doctor sends none of these. */
const SAID_BY_PROXIES = ['via', 'forwarded', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x-real-ip']

/** What gives a proxy away that says nothing of addresses; NAT, which changes addresses too, does none of it. */
function signOfProxy(
  seen: SeenRequest,
  { issuer }: Pick<Config, 'issuer'>,
  { from, isOwnCertificate }: Here,
): string | undefined {
  const { headers, isTls, peer } = seen
  if (issuer.startsWith('https:') && !isTls) return 'what speaks TLS in front'
  const said = SAID_BY_PROXIES.find((name) => headers[name] !== undefined)
  if (said !== undefined) return `what adds the header ${said}`
  if (isOwnCertificate === false) return 'what shows another certificate in front'
  const isOwnAddress = from !== undefined && plain(from.address) === plain(peer)
  return isOwnAddress && isStraight(seen, { from, isOwnCertificate, ownAddresses: [] }) === false
    ? 'what passes requests on'
    : undefined
}

/** The address that the doctor made up was believed. */
function ofMadeUp(
  seen: SeenRequest,
  here: Here,
  { isAdded, areAllBelieved }: { isAdded: boolean; areAllBelieved: boolean },
): Finding {
  const { peer, headers } = seen
  if (areAllBelieved) return madeUp(seen, true)
  if (isStraight(seen, here) === true) {
    const found = `client address: the doctor came straight from ${peer}, which trusted_proxies names; no proxy is on that way`
    return isLoopbackAddress(plain(peer))
      ? fine(found)
      : warning(
          found,
          `Who connects from ${peer} may say any address. If that is no proxy, take it out of trusted_proxies.`,
        )
  }
  const added = headers['x-forwarded-for']?.split(',').at(-1)?.trim() ?? ''
  // The doctor itself came from a proxy's address, and a proxy is believed.
  const isFromHere = isAdded && (here.ownAddresses.includes(added) || isLoopbackAddress(plain(added)))
  return isFromHere
    ? fine(`client address: the proxy at ${peer} adds it (${added} now, from where proxies are believed)`)
    : madeUp(seen, isAdded)
}

function madeUp({ peer }: SeenRequest, isAdded: boolean): Finding {
  const found = 'client address: anybody may make one up, and did: a made-up X-Forwarded-For was believed'
  const harm = 'So the log, the audit and the limits on guesses can be fooled.'
  return isAdded
    ? problem(found, `${harm} trusted_proxies is too wide: name the addresses of your proxies alone.`)
    : problem(
        found,
        `${harm} The proxy at ${peer} passes on what clients send: let it add or set the address.\n${TELL}\nIf ${peer} is no proxy, take it out of trusted_proxies.`,
      )
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase()

function isWithin(address: string, range: string): boolean {
  const [parsed, within] = [parseIpAddress(plain(address)), parseIpRange(range)]
  return parsed !== undefined && within !== undefined && isInRange(parsed, within)
}
