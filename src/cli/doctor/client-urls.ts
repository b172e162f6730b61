/** Whether the URLs that clients gave us can be asked, by the same way and the same rules as the server asks them. */

import { type Egress, EgressError } from '../../egress/egress.ts'
import type { Client } from '../../protocol/client.ts'
import { wordsOf } from './ask.ts'
import { type Finding, fine, problem, warning } from './finding.ts'

type Asked = Pick<Egress, 'get' | 'post'>

interface Target {
  readonly key: string
  /** Gives what is amiss with the answer, in words. */
  look(egress: Asked, url: string): Promise<string | undefined>
}

const document = (...accept: readonly string[]) => ({
  look: async (egress: Asked, url: string) => {
    const { body } = await egress.get(url, { accept: [...accept, 'application/json'] })
    return isJson(body) ? undefined : 'what it gives is no JSON'
  },
})

const TARGETS: readonly (Target & { readonly of: (client: Client) => string | undefined })[] = [
  { key: 'jwks_uri', of: ({ metadata }) => metadata.jwks_uri, ...document('application/jwk-set+json') },
  { key: 'sector_identifier_uri', of: ({ metadata }) => metadata.sector_identifier_uri, ...document() },
  {
    key: 'backchannel_logout_uri',
    of: ({ metadata }) => metadata.backchannel_logout_uri,
    async look(egress, url) {
      // An empty token ends nothing: Back-Channel Logout §2.8 has it answered with 400.
      const { status } = await egress.post(url, {
        contentType: 'application/x-www-form-urlencoded',
        body: 'logout_token=',
      })
      return status < 400 || status === 400 ? undefined : `it answers a POST with status ${status}`
    },
  },
]

/** At the same time; the egress lets so many through as it always does. */
export async function checkClientUrls(clients: readonly Client[], egress: Asked): Promise<readonly Finding[]> {
  const asked = clients.flatMap((client) =>
    TARGETS.flatMap(({ key, of, look }) => {
      const url = of(client)
      return url === undefined ? [] : [{ name: `${client.id}: ${key}`, url, look }]
    }),
  )
  const findings = await Promise.all(asked.map((each) => findingOf(each, egress)))
  const faults = findings.filter((finding) => finding !== undefined)
  const reached = asked.length - faults.length
  if (asked.length === 0) return [fine('no client has a URL that Countersign asks')]
  return reached > 0 ? [fine(`${reached} of ${asked.length} URLs of clients answer as they should`), ...faults] : faults
}

async function findingOf(
  { name, url, look }: { name: string; url: string; look: Target['look'] },
  egress: Asked,
): Promise<Finding | undefined> {
  try {
    const amiss = await look(egress, url)
    return amiss === undefined
      ? undefined
      : warning(`${name} is there, but ${amiss}`, 'Look at the app’s log and settings.')
  } catch (error) {
    if (!(error instanceof EgressError)) throw error
    return explained(name, error)
  }
}

const TODO: Readonly<Partial<Record<EgressError['reason'], string>>> = {
  refused_address: 'When it is yours, name its host in egress.allowed_hosts; otherwise correct the URL.',
  bad_url: 'Correct the URL; or, when it is yours, name its host in egress.allowed_hosts.',
  unresolvable: 'Its host has no address here: correct the URL, or the DNS of this machine.',
  tls: 'Its certificate is not believed here. An authority of your own goes into NODE_EXTRA_CA_CERTS.',
  timeout: 'It is slow or away: look at it, at the firewall, and at egress.timeout.',
  redirect: 'Countersign follows none: give the URL that it leads to.',
  content_type: 'It must be JSON by its Content-Type, too, and not compressed.',
}

const explained = (name: string, error: EgressError): Finding =>
  problem(
    `${name} cannot be used: ${error.message.replace(/(?<=: )[A-Z][A-Z0-9_]+$/, wordsOf)}`,
    TODO[error.reason] ?? 'Look at whether the app runs, and at the URL.',
  )

function isJson(body: string): boolean {
  try {
    JSON.parse(body)
    return true
  } catch {
    return false
  }
}
