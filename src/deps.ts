/** Everything an endpoint or a page may reach. Each takes the part of it that it needs. */
import type { KeyObject } from 'node:crypto'
import type { PasswordHasher } from './accounts/authenticators/password.ts'
import type { HashDecoys } from './accounts/hash-decoys.ts'
import type { OneTimeCodes } from './accounts/one-time-codes.ts'
import type { FactorSecrets } from './accounts/second-factor.ts'
import type { Audit } from './audit/audit.ts'
import type { Clock } from './base/clock.ts'
import type { Random } from './base/random.ts'
import type { ClientKeys } from './clients/client-keys.ts'
import type { ClientSecrets } from './clients/client-secrets.ts'
import type { ClientUses } from './clients/client-uses.ts'
import type { ReferencedRequests } from './clients/referenced-requests.ts'
import type { ClientRegistry } from './clients/registry.ts'
import type { Config, Lifetimes } from './config/config.ts'
import type { ReloadState } from './config/reload-state.ts'
import type { Deliverer } from './deliveries/deliverer.ts'
import type { Egress } from './egress/egress.ts'
import type { BrowserCookies } from './http/browser.ts'
import type { JwksFetches } from './keys/jwks-fetches.ts'
import type { KeyRing } from './keys/key-ring.ts'
import type { Mailer } from './mail/mailer.ts'
import type { MailSeals } from './mail/sealed.ts'
import type { Apis } from './protocol/api.ts'
import type { Refusals } from './refusals/recorder.ts'
import type { Storage } from './storage/storage.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import type { Guesses } from './throttling/guesses.ts'
import type { KnownDevices } from './throttling/known-devices.ts'
import type { Limits } from './throttling/limits.ts'
import type { Upstreams } from './upstream/providers.ts'
import type { Words } from './words/words.ts'

export interface Deps {
  readonly config: Config
  readonly issuer: string
  readonly lifetimes: Lifetimes
  readonly clients: ClientRegistry
  /** Seals those that are kept. */
  readonly clientSecrets: ClientSecrets
  readonly apis: Apis
  readonly storage: Storage
  readonly keyRing: KeyRing
  /** Who fetches them. */
  readonly jwksFetches: JwksFetches
  /** Derived from the sealing key: part of every refresh token's MAC. */
  readonly refreshTokenKey: KeyObject
  /** The same, of what pairwise clients call people and sessions. */
  readonly pairwiseKey: KeyObject
  /** The same, of the passes of `countersign doctor`. */
  readonly doctorKey: Buffer
  readonly passwords: PasswordHasher
  readonly hashDecoys: HashDecoys
  /** Seals and digests what second factors are made of. */
  readonly factorSecrets: FactorSecrets
  /** Whether a password may be tried just now. */
  readonly guesses: Guesses
  readonly devices: KnownDevices
  /** What each process counts for itself. */
  readonly limits: Limits
  readonly cookies: BrowserCookies
  /** The one way out, for URLs that somebody else gave us. */
  readonly egress: Egress
  readonly clientKeys: ClientKeys
  /** The providers that people may sign in with. */
  readonly upstream: Upstreams
  /** Counts how often clients are used. */
  readonly uses: Pick<ClientUses, 'count'>
  readonly referencedRequests: ReferencedRequests
  /** Told when there is something to send. */
  readonly deliveries: Deliverer
  /** Mails to people. */
  readonly mailer: Mailer
  readonly mailSeals: MailSeals
  /** What mails hold to be typed or opened, once. */
  readonly codes: OneTimeCodes
  /** What is worth remembering. */
  readonly audit: Audit
  /** Why requests were refused, for `countersign explain`. */
  readonly refusals: Refusals
  /** What people read, in every language. */
  readonly words: Words
  /** Who looks on at requests. */
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly random: Random
  /** What became of changes to the configuration's files. */
  readonly reloads: { state(): ReloadState }
  /** It has been told to end: it still serves, but is not to be sent anything new. */
  readonly isStopping: () => boolean
}
