/** What the proxies in front do to the scheme, the host and the client's address of a request: the running server tells. */
import { isInRange, parseIpAddress, parseIpRange } from '../../base/ip-address.ts'
import type { Config } from '../../config/config.ts'
import { PASS_HEADER, SEEN_PATH, type SeenRequest } from '../../keys/doctor-pass.ts'
import { urlOf } from '../../protocol/discovery.ts'
import { type Ask, whyNoAnswer } from './ask.ts'
import { type Finding, fine, problem, unknown, warning } from './finding.ts'

type Settings = Pick<Config, 'issuer' | 'trustedProxies'>

/** Nobody's (RFC 5737): sent as if it were the client's, to see who believes it. */
export const MADE_UP_ADDRESS = '192.0.2.77'

/** @param pass lets us ask; undefined: there is no sealing key to make one with */
export async function checkProxy(
  config: Settings,
  { ask, pass, ownAddresses }: { ask: Ask; pass: string | undefined; ownAddresses: readonly string[] },
): Promise<readonly Finding[]> {
  if (pass === undefined) return [unknown('what the proxy does: that takes the sealing key, which cannot be read here')]
  const headers = { [PASS_HEADER]: pass, 'x-forwarded-for': MADE_UP_ADDRESS }
  const answer = await ask(urlOf(config.issuer, SEEN_PATH), headers).catch(whyNoAnswer)
  if (typeof answer === 'string') return [unknown(`what the proxy does: ${answer}`)]
  const seen = answer.status === 200 ? readSeen(answer.body) : undefined
  if (seen !== undefined) return judge(seen, config, ownAddresses)
  return [
    unknown(
      `what the proxy does: the server did not say (status ${answer.status})`,
      `It tells whoever has its sealing key. Either it runs with another one or with an older version, or the proxy does not pass on the path ${SEEN_PATH} or the header ${PASS_HEADER}.`,
    ),
  ]
}

/** @param ownAddresses of this machine, which may be the proxy's, too */
export function judge(seen: SeenRequest, config: Settings, ownAddresses: readonly string[] = []): readonly Finding[] {
  return [scheme(seen, config), host(seen, config), clientAddress(seen, config, ownAddresses)]
}

function scheme({ headers, isTls, peer }: SeenRequest, { issuer }: Settings): Finding {
  const outside = new URL(issuer).protocol.slice(0, -1)
  const said = firstOf(headers['x-forwarded-proto']) ?? /\bproto="?(\w+)/i.exec(headers['forwarded'] ?? '')?.[1]
  if (said !== undefined && said.toLowerCase() !== outside) {
    return warning(
      `scheme: people come by ${outside}, and the proxy at ${peer} says ${JSON.stringify(said.slice(0, 20))}`,
      'Countersign makes every URL from `issuer` and believes nobody, so nothing breaks here. Other apps behind it may break: with nginx, proxy_set_header X-Forwarded-Proto $scheme.',
    )
  }
  if (outside === (isTls ? 'https' : 'http')) return fine(`scheme: ${outside}, all the way to Countersign`)
  const inside = isTls ? 'https' : 'http'
  return fine(`scheme: ${outside} outside, ${inside} from ${peer} on; every URL is made from \`issuer\``)
}

function host({ headers }: SeenRequest, { issuer }: Settings): Finding {
  const expected = new URL(issuer).host
  const arrived = headers['host'] ?? ''
  if (arrived === expected) return fine(`host: ${expected} arrives as it is`)
  if (firstOf(headers['x-forwarded-host']) === expected) return fine(`host: ${expected}, in X-Forwarded-Host`)
  return warning(
    `host: ${expected} arrives as ${JSON.stringify(arrived.slice(0, 100))}`,
    'Countersign makes every URL from `issuer`, so nothing breaks here. So that logs agree: with nginx, proxy_set_header Host $host.',
  )
}

function clientAddress(seen: SeenRequest, config: Settings, ownAddresses: readonly string[]): Finding {
  const { peer, client, headers, isTls } = seen
  const forwarded = headers['x-forwarded-for']
  const isBelieved = (address: string): boolean => config.trustedProxies.some((range) => isWithin(address, range))
  const isTrusted = isBelieved(peer)
  const isAdded = forwarded !== undefined && forwarded.trim() !== MADE_UP_ADDRESS
  if (client === MADE_UP_ADDRESS) {
    const added = forwarded?.split(',').at(-1)?.trim() ?? ''
    // The doctor itself came from a proxy's address, and a proxy is believed.
    const isFromHere = isAdded && (ownAddresses.includes(added) || isWithin(added, '127.0.0.0/8') || added === '::1')
    if (!isFromHere || isBelieved(MADE_UP_ADDRESS)) return madeUp(seen, isAdded)
    return fine(`client address: the proxy at ${peer} adds it (${added} now, from where proxies are believed)`)
  }
  if (isTrusted && client !== peer) return fine(`client address: ${client}, as the proxy at ${peer} tells`)
  if (isTrusted) {
    return warning(
      `client address: the proxy at ${peer} tells none, so everybody seems to come from there`,
      `The log and the limits on guesses cannot tell people apart. ${ADD_HEADER}`,
    )
  }
  if (isAdded) {
    return warning(
      `client address: the proxy at ${peer} tells it, and is not believed, so everybody seems to come from there`,
      `The log and the limits on guesses cannot tell people apart. Set trusted_proxies: ['${peer}'] when that is your proxy.`,
    )
  }
  if (config.issuer.startsWith('https:') && !isTls) {
    return warning(
      `client address: what speaks TLS in front, at ${peer}, tells none, so everybody seems to come from there`,
      `The log and the limits on guesses cannot tell people apart. ${ADD_HEADER} And set trusted_proxies: ['${peer}'].`,
    )
  }
  return fine(`client address: ${client}, straight from the connection`)
}

const ADD_HEADER = 'With nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for.'

function madeUp({ peer }: SeenRequest, isAdded: boolean): Finding {
  const found = 'client address: anybody may make one up, and did: a made-up X-Forwarded-For was believed'
  const harm = 'So the log and the limits on guesses can be fooled.'
  return isAdded
    ? problem(found, `${harm} trusted_proxies is too wide: name the addresses of your proxies alone.`)
    : problem(
        found,
        `${harm} The proxy at ${peer} passes on what clients send: let it add or set the address (${ADD_HEADER}) If ${peer} is no proxy, take it out of trusted_proxies.`,
      )
}

function isWithin(address: string, range: string): boolean {
  const [parsed, within] = [parseIpAddress(address.replace(/^::ffff:(?=\d+\.)/i, '')), parseIpRange(range)]
  return parsed !== undefined && within !== undefined && isInRange(parsed, within)
}

const firstOf = (list: string | undefined): string | undefined => list?.split(',')[0]?.trim()

function readSeen(body: string): SeenRequest | undefined {
  try {
    const seen: Partial<SeenRequest> | null = JSON.parse(body)
    const isSeen = typeof seen?.peer === 'string' && typeof seen.client === 'string' && typeof seen.headers === 'object'
    return isSeen ? (seen as SeenRequest) : undefined
  } catch {
    return undefined
  }
}
