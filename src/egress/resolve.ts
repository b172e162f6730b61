/** From a host name to its addresses. */
import { lookup, Resolver } from 'node:dns/promises'

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
 */
export const resolveByDns: Resolve = (host, { isTrusted, signal }) => (isTrusted ? bySystem(host) : byDns(host, signal))

const bySystem = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address)

async function byDns(host: string, signal: AbortSignal): Promise<readonly string[]> {
  const resolver = new Resolver()
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const [first] = answers
    if (addresses.length === 0 && first.status === 'rejected') throw first.reason
    return addresses
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
