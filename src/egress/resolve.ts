/** From a host name to its addresses. */
import { lookup, Resolver } from 'node:dns/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface ResolveOptions {
  /** The operator named the host, so the names that this machine gives (its hosts file, its search domains) count, too. */
  readonly isTrusted: boolean
  readonly signal: AbortSignal
}

/** Gives every address of `host`; rejects or gives none when it has none. */
export type Resolve = (host: string, options: ResolveOptions) => Promise<readonly string[]>

/**
 * A stranger's name is asked of DNS alone, by sockets of ours: the system's own look-up would hold a thread of the pool in
 * which passwords are hashed for as long as a stranger's name server likes.
 * @param servers otherwise those of this machine
 */
export const resolver =
  (servers?: readonly string[]): Resolve =>
  (host, { isTrusted, signal }) =>
    isTrusted ? bySystem(host) : byDns(host, { signal, servers })

const bySystem = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address)

interface Asking {
  readonly signal: AbortSignal
  readonly servers: readonly string[] | undefined
}

async function byDns(host: string, { signal, servers }: Asking): Promise<readonly string[]> {
  const dns = new Resolver()
  if (servers) dns.setServers(servers)
  const cancel = (): void => dns.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const [v4, v6] = [dns.resolve4(host), dns.resolve6(host)]
    const answers = await Promise.allSettled([orSoonAfter(v6, v4), orSoonAfter(v4, v6)])
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const [first] = answers
    if (addresses.length === 0 && first.status === 'rejected') throw first.reason
    return addresses
  } finally {
    signal.removeEventListener('abort', cancel)
    dns.cancel()
  }
}

/** RFC 8305 §3, where it is shorter: a person waits there, and nobody who would notice here. */
const RESOLUTION_DELAY = 250

/** What `answer` gives, or nothing when `other` has long given addresses: some name servers never answer for one family. */
function orSoonAfter(
  other: Promise<readonly string[]>,
  answer: Promise<readonly string[]>,
): Promise<readonly string[]> {
  const never = new Promise<readonly string[]>(() => {})
  const enough = other.then(
    (addresses) => (addresses.length > 0 ? delay(RESOLUTION_DELAY, [], { ref: false }) : never),
    () => never,
  )
  return Promise.race([answer, enough])
}
