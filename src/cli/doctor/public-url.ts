/** Whether browsers and apps that go to the issuer come to this Countersign, and get what it says. */
import { counted } from '../../base/counted.ts'
import type { Config } from '../../config/config.ts'
import { installationOf } from '../../config/installation.ts'
import { discoveryDocument, PATHS, urlOf } from '../../protocol/discovery.ts'
import { type Answer, type Ask, whyNoAnswer } from './ask.ts'
import { type Finding, fine, problem, unknown, warning } from './finding.ts'

export interface PublicUrlInput {
  readonly config: Config
  readonly ask: Ask
  /** Of the keys that the database says are published; undefined: it could not be asked. */
  readonly kids: readonly string[] | undefined
}

export async function checkPublicUrl({ config, ask, kids }: PublicUrlInput): Promise<readonly Finding[]> {
  const url = urlOf(config.issuer, PATHS.openidConfiguration)
  const answer = await ask(url).catch(whyNoAnswer)
  if (typeof answer === 'string') return [problem(`${url} cannot be reached: ${answer}`, REACH)]
  const fault = documentFault(answer, config)
  if (fault !== undefined) return [fault]
  return [
    fine(`${url} gives the document of this configuration, byte for byte, in ${Math.round(answer.took)} ms`),
    ...(await otherAddress(config.issuer, ask)),
    ...(await keySet(config, { ask, kids })),
  ]
}

const REACH =
  'Apps and browsers cannot reach it either, unless only this machine cannot. Start Countersign and the proxy in front of it; look at ' +
  'the DNS record of the issuer’s host, the firewall and the port.'

/** undefined: the answer is what it should be. */
function documentFault(answer: Answer, { issuer, ...config }: Config): Finding | undefined {
  if (answer.status !== 200) return statusFault(answer, issuer)
  const expected = discoveryDocument(issuer, installationOf(config))
  if (answer.body === JSON.stringify(expected)) return undefined
  const found = asObject(answer.body)
  if (found === undefined || typeof found['issuer'] !== 'string') {
    const type = JSON.stringify(String(answer.headers['content-type'] ?? 'nothing').slice(0, 60))
    return problem(
      `something else than Countersign answers at ${issuer} (${type})`,
      'Let the proxy send every path below the issuer to Countersign, /.well-known/ among them.',
    )
  }
  if (found['issuer'] !== issuer) {
    return problem(
      `another issuer answers there: ${JSON.stringify(found['issuer'].slice(0, 200))} instead of ${issuer}`,
      'Let the proxy send the host to this Countersign, or set `issuer` to the URL that people use. They must be equal to the letter.',
    )
  }
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
  const different = names.filter((name) => JSON.stringify(found[name]) !== JSON.stringify(expected[name]))
  return different.length === 0
    ? warning(
        'the document has the same members, and other bytes',
        'Something between rewrites JSON. It may rewrite other answers, too: switch that off for this host.',
      )
    : problem(
        `the document that is served differs from this configuration in ${different.join(', ')}`,
        'The running Countersign has another configuration or another version than this one: reload or restart it; or name the file that it runs with (--config). A cache in front gives an old one for up to an hour.',
      )
}

function statusFault({ status, headers }: Answer, issuer: string): Finding {
  const found = `the discovery document is answered with status ${status}`
  if (status >= 300 && status < 400) {
    const to = URL.parse(String(headers['location'] ?? ''), issuer)
    const where = to === null ? 'somewhere' : JSON.stringify(`${to.origin}${to.pathname}`.slice(0, 200))
    return problem(
      `${found}: a redirect to ${where}`,
      'Apps follow no redirect here. Set `issuer` to the URL that people end up at, or let the proxy answer at this one.',
    )
  }
  if (status === 404) {
    return problem(
      found,
      new URL(issuer).pathname === '/'
        ? 'Another server answers, or the proxy sends only some paths on: let it send all of them to Countersign.'
        : 'The proxy must send the path on as it is: requests below the path of the issuer reach Countersign with that path. With nginx: proxy_pass without a path behind the port.',
    )
  }
  if (status === 401 || status === 403) {
    return problem(found, 'Something in front asks who is there. Apps and browsers must reach Countersign without it.')
  }
  return problem(
    found,
    'The proxy does not reach Countersign, or Countersign is not ready: countersign health, and the log of both.',
  )
}

/** RFC 8414 §3.1 */
async function otherAddress(issuer: string, ask: Ask): Promise<readonly Finding[]> {
  const { origin, pathname } = new URL(issuer)
  const path = `${PATHS.authorizationServerMetadata}${pathname.replace(/\/$/, '')}`
  const status = await ask(`${origin}${path}`).then((answer) => answer.status, whyNoAnswer)
  if (status === 200) return []
  return [
    warning(
      `${path} is answered with ${status}`,
      'OAuth clients look for the document there (RFC 8414 §3.1): let the proxy send that path to Countersign, too.',
    ),
  ]
}

async function keySet(
  config: Config,
  { ask, kids }: Pick<PublicUrlInput, 'ask' | 'kids'>,
): Promise<readonly Finding[]> {
  const url = urlOf(config.issuer, PATHS.jwks)
  const answer = await ask(url).catch(whyNoAnswer)
  if (typeof answer === 'string' || answer.status !== 200) {
    const why = typeof answer === 'string' ? answer : `status ${answer.status}`
    return [problem(`${url} gives no keys: ${why}`, 'No app can check a token without them: countersign health.')]
  }
  const served = kidsOf(answer.body)
  if (served === undefined)
    return [problem(`${url} gives something else than keys`, 'Let the proxy send it to Countersign.')]
  const caching = cachingFault(answer, config)
  if (kids === undefined)
    return [unknown('whether the right keys are served: the database cannot be asked'), ...caching]
  const missing = kids.filter((kid) => !served.includes(kid))
  const foreign = served.filter((kid) => !kids.includes(kid))
  if (missing.length === 0 && foreign.length === 0)
    return [fine(`it serves the ${counted(kids.length, 'published key')}`), ...caching]
  const parts = [
    ...(missing.length > 0 ? [`${counted(missing.length, 'published key is', 'published keys are')} not in it`] : []),
    ...(foreign.length > 0
      ? [`${counted(foreign.length, 'is', 'are')} in it that ${foreign.length === 1 ? 'is' : 'are'} not published`]
      : []),
  ]
  return [
    problem(
      `the keys at ${url} are not those in the database: ${parts.join(', ')}`,
      'Another installation answers, or a cache in front gives an old set: apps will refuse tokens. Let caches follow Cache-Control, and instances share one database.',
    ),
    ...caching,
  ]
}

function cachingFault({ headers }: Answer, config: Config): readonly Finding[] {
  const expected = `public, max-age=${config.keys.jwksMaxAge / 1000}`
  const found = String(headers['cache-control'] ?? 'none')
  if (found === expected) return []
  return [
    warning(
      `something between changes how long apps may keep the keys: ${JSON.stringify(found.slice(0, 100))} instead of ${JSON.stringify(expected)}`,
      'Rotation counts on keys.jwks_max_age: leave Cache-Control alone, or set it to what apps are told.',
    ),
  ]
}

function kidsOf(body: string): readonly string[] | undefined {
  const keys = asObject(body)?.['keys']
  return Array.isArray(keys) ? keys.map((key: { kid?: unknown } | null) => String(key?.kid)) : undefined
}

function asObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
