/** The providers of the configuration, and what each says of itself: asked for when it is first needed, and kept for a while. */
import { type Clock, systemClock, type Timestamp } from '../base/clock.ts'
import { type Duration, HOUR, SECOND } from '../base/duration.ts'
import type { UpstreamProvider } from '../config/upstream-provider.ts'
import type { Egress } from '../egress/egress.ts'
import {
  type Answered,
  type Asking,
  askProvider,
  asUpstreamError,
  authorizationAddress,
  discover,
  type Known,
} from './openid.ts'

export interface Upstreams {
  readonly all: readonly UpstreamProvider[]
  find(id: string): UpstreamProvider | undefined
  /** By what accounts are linked by. */
  ofIssuer(issuer: string): UpstreamProvider | undefined
  /** Where the browser is sent to. Rejects with `UpstreamError`. */
  authorizationUrl(provider: UpstreamProvider, asking: Asking): Promise<URL>
  /** What the provider says of who comes back. Rejects with `UpstreamError`. */
  answer(provider: UpstreamProvider, answered: Answered): ReturnType<typeof askProvider>
}

export interface UpstreamDeps {
  readonly providers: readonly UpstreamProvider[]
  readonly egress: Egress
  readonly clock: Clock
}

const IS_KEPT: Duration = HOUR
/** What it said before is used for so long when it does not answer. */
const STILL_COUNTS: Duration = 24 * HOUR
/** A provider that does not answer is left alone for so long. */
const LEFT_ALONE: Duration = 5 * SECOND

interface Kept {
  readonly known: Known
  readonly at: Timestamp
}

export function upstreams({ providers, egress, clock }: UpstreamDeps): Upstreams {
  const kept = new Map<string, Kept>()
  const failed = new Map<string, { readonly error: unknown; readonly at: Timestamp }>()
  const asking = new Map<string, Promise<Known>>()

  async function ask(provider: UpstreamProvider): Promise<Known> {
    const { id } = provider
    try {
      // Its library has a clock of its own.
      const skew = Math.round((clock.now() - systemClock.now()) / SECOND)
      const known = await discover(provider, { egress, skew })
      kept.set(id, { known, at: clock.now() })
      failed.delete(id)
      return known
    } catch (error) {
      failed.set(id, { error, at: clock.now() })
      throw error
    } finally {
      asking.delete(id)
    }
  }

  async function knownOf(provider: UpstreamProvider): Promise<Known> {
    const now = clock.now()
    const before = kept.get(provider.id)
    const isWithin = (at: Timestamp, time: Duration): boolean => Math.abs(now - at) < time
    if (before && isWithin(before.at, IS_KEPT) && isInStep(before, now)) return before.known
    const last = failed.get(provider.id)
    try {
      if (last && isWithin(last.at, LEFT_ALONE)) throw last.error
      const pending = asking.get(provider.id) ?? ask(provider)
      asking.set(provider.id, pending)
      return await pending
    } catch (error) {
      if (before && isWithin(before.at, STILL_COUNTS)) return before.known
      throw asUpstreamError(error)
    }
  }

  /** Our clock has run as the library's has. */
  const isInStep = ({ known }: Kept, now: Timestamp): boolean =>
    Math.abs((now - systemClock.now()) / SECOND - known.skew) < 10

  return {
    all: providers,
    find: (id) => providers.find((provider) => provider.id === id),
    ofIssuer: (issuer) => providers.find((provider) => provider.issuer === issuer),
    authorizationUrl: async (provider, request) => authorizationAddress(await knownOf(provider), provider, request),
    answer: async (provider, answered) => askProvider(await knownOf(provider), provider, answered),
  }
}
