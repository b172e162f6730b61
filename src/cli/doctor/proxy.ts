/** What the proxies in front do to the scheme, the host and the client's address of a request: the running server tells. */
import type { Config } from '../../config/config.ts'
import { PASS_HEADER, SEEN_PATH, type SeenRequest } from '../../keys/doctor-pass.ts'
import { urlOf } from '../../protocol/discovery.ts'
import { type Ask, whyNoAnswer } from './ask.ts'
import { clientAddress, type Here, MADE_UP_ADDRESS } from './client-address.ts'
import { type Finding, fine, unknown, warning } from './finding.ts'

type Settings = Pick<Config, 'issuer' | 'trustedProxies'>

/** @param pass lets us ask; undefined: there is no sealing key to make one with */
export async function checkProxy(
  config: Settings,
  { ask, pass, ...here }: Omit<Here, 'from'> & { ask: Ask; pass: string | undefined },
): Promise<readonly Finding[]> {
  if (pass === undefined) return [unknown('what the proxy does: that takes the sealing key, which cannot be read here')]
  const headers = { [PASS_HEADER]: pass, 'x-forwarded-for': MADE_UP_ADDRESS }
  const answer = await ask(urlOf(config.issuer, SEEN_PATH), headers).catch(whyNoAnswer)
  if (typeof answer === 'string') return [unknown(`what the proxy does: ${answer}`)]
  const seen = answer.status === 200 ? readSeen(answer.body) : undefined
  if (seen !== undefined) return judge(seen, config, { ...here, from: answer.from })
  return [
    unknown(
      `what the proxy does: the server did not say (status ${answer.status})`,
      `It tells whoever has its sealing key. Either it runs with another one or with an older version, or the proxy does not pass on the path ${SEEN_PATH} or the header ${PASS_HEADER}.`,
    ),
  ]
}

export function judge(seen: SeenRequest, config: Settings, here: Here): readonly Finding[] {
  return [scheme(seen, config), host(seen, config), clientAddress(seen, config, here)]
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
    'Countersign makes every URL from `issuer`, so nothing breaks here. So that logs agree: with nginx, proxy_set_header Host $http_host.',
  )
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
