/** What a process opens once. It outlives every configuration; what goes by one is asked of the version in force. */
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Logger } from 'pino'
import { type HashDecoys, hashDecoys } from '../accounts/hash-decoys.ts'
import { type HashingQueue, hashingQueue } from '../accounts/hashing-queue.ts'
import { type OneTimeCodes, oneTimeCodes } from '../accounts/one-time-codes.ts'
import type { FactorSecrets } from '../accounts/second-factor.ts'
import { type Audit, openAudit } from '../audit/audit.ts'
import { type Seals, seals } from '../audit/chain.ts'
import type { AuditEvent } from '../audit/event.ts'
import { type Clocks, steadyClock, systemClock } from '../base/clock.ts'
import { type Random, systemRandom } from '../base/random.ts'
import type { ClientSecrets } from '../clients/client-secrets.ts'
import { type ClientUses, clientUses } from '../clients/client-uses.ts'
import type { Config } from '../config/config.ts'
import { type Deliverer, deliverer, type Kind } from '../deliveries/deliverer.ts'
import { clientSecrets } from '../keys/client-secrets.ts'
import { factorSecrets } from '../keys/factor-secrets.ts'
import { type JwksFetches, jwksFetches } from '../keys/jwks-fetches.ts'
import { type KeyRing, openKeyRing } from '../keys/key-ring.ts'
import { type RotationPolicy, rotationPolicy } from '../keys/rotation-policy.ts'
import { sealedMails } from '../keys/sealed-mails.ts'
import { deriveKey } from '../keys/sealing.ts'
import { hasSealedKeys, loadSealingKey } from '../keys/sealing-key.ts'
import { type GenerateSigningKey, signingKeyGenerator } from '../keys/signing-key.ts'
import type { MailSeals } from '../mail/sealed.ts'
import { type Refusals, refusals } from '../refusals/recorder.ts'
import { type DeliveryKind, logFailure, type Storage } from '../storage/storage.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { type KnownDevices, knownDevices } from '../throttling/known-devices.ts'

export interface Opened extends Clocks {
  readonly storage: Storage
  readonly log: Logger
  readonly random: Random
  readonly clientSecrets: ClientSecrets
  readonly refreshTokenKey: KeyObject
  readonly pairwiseKey: KeyObject
  readonly hashDecoys: HashDecoys
  readonly factorSecrets: FactorSecrets
  /** One for all that hash, whatever a hash costs by their configuration. */
  readonly hashing: HashingQueue
  readonly throttlingKey: KeyObject
  readonly doctorKey: Buffer
  readonly devices: KnownDevices
  readonly codes: OneTimeCodes
  readonly mailSeals: MailSeals
  /** Keys the names of configurations. */
  readonly revisionKey: Buffer
  readonly keyRing: KeyRing
  readonly audit: Audit
  /** Of the audit log. */
  readonly auditSeals: Seals
  readonly jwksFetches: JwksFetches
  readonly uses: ClientUses
  readonly deliveries: Deliverer
  readonly refusals: Refusals
  /** Who looks on. */
  readonly telemetry: Telemetry
  readonly isStopping: () => boolean
}

/** What goes by the configuration in force, whenever it is asked. */
export interface InForce {
  config(): Config
  kinds(): Readonly<Record<DeliveryKind, Kind>>
}

interface Given {
  readonly storage: Storage
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly isStopping: () => boolean
}

/** Rejects with SealingKeyError and SigningKeyError, for the operator. */
export async function openOnce({ storage, log, telemetry, isStopping }: Given, inForce: InForce): Promise<Opened> {
  const [clock, steady, random] = [systemClock, steadyClock, systemRandom]
  const { keys } = inForce.config()
  const sealed = hasSealedKeys(await storage.signingKeys.list())
  const sealingKey = await loadSealingKey(keys.sealingKey, { random, hasSealedKeys: sealed })
  const policy = policyInForce(inForce)
  const rsaBits = (): number => inForce.config().keys.rsaBits
  const generate: GenerateSigningKey = (...how) => signingKeyGenerator(rsaBits())(...how)
  const auditSeals = seals(deriveKey(sealingKey.bytes, 'audit'))
  const audit = openAudit({
    store: storage.auditEvents,
    seals: auditSeals,
    config: () => inForce.config().audit,
    clock,
    log,
  })
  const audited = (event: AuditEvent): void => audit.record(event, { actor: 'system' })
  const throttlingKey = createSecretKey(deriveKey(sealingKey.bytes, 'throttling'))
  return {
    ...{ storage, log, telemetry, clock, steady, random, isStopping, audit, auditSeals },
    clientSecrets: clientSecrets(sealingKey.bytes, random),
    refreshTokenKey: createSecretKey(deriveKey(sealingKey.bytes, 'refresh-tokens')),
    pairwiseKey: createSecretKey(deriveKey(sealingKey.bytes, 'pairwise-subjects')),
    hashDecoys: await openDecoys(storage, createSecretKey(deriveKey(sealingKey.bytes, 'hash-decoys')), log),
    factorSecrets: factorSecrets(sealingKey.bytes, random),
    hashing: telemetry.hashing(hashingQueue(() => inForce.config().passwordHashing, clock)),
    throttlingKey,
    doctorKey: deriveKey(sealingKey.bytes, 'doctor'),
    devices: knownDevices(throttlingKey, random),
    codes: oneTimeCodes({
      ...{ storage, clock, random },
      key: createSecretKey(deriveKey(sealingKey.bytes, 'one-time-codes')),
    }),
    mailSeals: sealedMails(sealingKey.bytes, random),
    revisionKey: deriveKey(sealingKey.bytes, 'config-revisions'),
    keyRing: await openKeyRing({
      store: storage.signingKeys,
      sealingKey,
      policy,
      rsaBits: rsaBits(),
      generate,
      clock,
      log,
      audited,
    }),
    jwksFetches: jwksFetches({ store: storage.jwksFetches, clock, log }),
    uses: clientUses({ store: storage.clientUses, clock }),
    refusals: telemetry.refusals(
      refusals({ store: storage.refusals, keep: () => inForce.config().refusals.keep, clock, random, log }),
    ),
    deliveries: deliverer({ storage, audit, clock, random, log, kinds: kindsInForce(inForce) }),
  }
}

/** No reason not to serve when they cannot be counted: the job tries again. */
async function openDecoys({ accounts }: Storage, key: KeyObject, log: Logger): Promise<HashDecoys> {
  const decoys = hashDecoys(accounts, key)
  await decoys.learn().catch((error: unknown) => logFailure(log, error, { message: 'imported hashes not counted' }))
  return decoys
}

/** Worked out once for each configuration. */
function policyInForce({ config }: Pick<InForce, 'config'>): RotationPolicy {
  let known: { readonly from: Config; readonly policy: RotationPolicy } | undefined
  const now = (): RotationPolicy => {
    const from = config()
    if (known?.from !== from) known = { from, policy: rotationPolicy(from) }
    return known.policy
  }
  return {
    get algorithms() {
      return now().algorithms
    },
    get rotateEvery() {
      return now().rotateEvery
    },
    get publishBeforeUse() {
      return now().publishBeforeUse
    },
    get publishBeforeEarlyUse() {
      return now().publishBeforeEarlyUse
    },
    get keepRetired() {
      return now().keepRetired
    },
    get reloadWithin() {
      return now().reloadWithin
    },
  }
}

function kindsInForce({ kinds }: Pick<InForce, 'kinds'>): Readonly<Record<DeliveryKind, Kind>> {
  const following = (kind: DeliveryKind): Kind => ({
    send: (delivery) => kinds()[kind].send(delivery),
    hostOf: (clientId) => kinds()[kind].hostOf(clientId),
  })
  return { logout: following('logout'), security_notice: following('security_notice'), mail: following('mail') }
}
