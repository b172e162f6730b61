/** How many mails somebody may cause, counted in the database (docs/decisions/0021, 0028). */
import type { KeyObject } from 'node:crypto'
import type { Clock, Timestamp } from '../base/clock.ts'
import { HOUR, MINUTE, SECOND } from '../base/duration.ts'
import type { ThrottlingConfig } from '../config/config.ts'
import type { Bucket, ThrottleStore } from '../storage/throttles.ts'
import { bucketIds } from '../throttling/bucket-ids.ts'
import { originOf } from '../throttling/networks.ts'
import { MAILS, type MailName } from './mails.ts'

/** Five, then one more every twelve minutes: who waits for a slow mail asks again, and nobody's box is filled. */
const ADDRESS: Bucket = { most: 5, every: 12 * MINUTE }
/** For an account with several addresses, or one that changes it. */
const ACCOUNT: Bucket = { most: 8, every: 10 * MINUTE }
/** Of all addresses that one network asks for. */
const NETWORK: Bucket = { most: 30, every: 2 * MINUTE }
/** Of one name or address as it was typed: runs full before that of the address does. */
const TYPED: Bucket = { most: 4, every: 15 * MINUTE }
/** Of all new accounts that are asked for: with the time that a code lasts it bounds how many there are to be proven. */
const SIGN_UPS: Bucket = { most: 1000, every: 10 * SECOND }
const NOTICES: Bucket = { most: 20, every: HOUR }

export interface MailLimitDeps {
  readonly config: { readonly throttling: ThrottlingConfig }
  readonly storage: { readonly throttles: Pick<ThrottleStore, 'fill' | 'takeBack'> }
  /** Addresses are kept as digests of it. */
  readonly throttlingKey: KeyObject
  readonly clock: Clock
}

export interface MailCause {
  readonly name: MailName
  readonly addressKey: string
  readonly accountId: string | undefined
  /** Of whoever asked; undefined: nobody did. */
  readonly ip: string | undefined
  /**
   * What whoever asked has typed, where they may not know which address that stands for: they are told of their own limits alone,
   * as those of the address would tell them.
   */
  readonly typed: string | undefined
}

export type MailAdmission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'throttled'; readonly retryAt: Timestamp }
  /** No mail goes out, and who asked must not know. */
  | { readonly kind: 'silenced' }

/** Where there is room it is taken. Whether an account has the address makes no difference. */
export type AdmitMail = (cause: MailCause) => Promise<MailAdmission>

interface Counted {
  readonly id: string
  readonly bucket: Bucket
  readonly isTold: boolean
}

export function mailLimits({ config, storage: { throttles }, throttlingKey, clock }: MailLimitDeps): AdmitMail {
  const { throttling } = config
  const origin = originOf(throttling)
  const idOf = bucketIds(throttlingKey)

  function bucketsOf({ name, addressKey, accountId, ip, typed }: MailCause): readonly Counted[] {
    const { kind } = MAILS[name]
    if (!throttling.isEnabled || kind === 'operator') return []
    if (kind === 'notice') return [{ id: idOf('mail', 'notices', addressKey), bucket: NOTICES, isTold: true }]
    const near = ip === undefined ? undefined : origin(ip)?.near
    const isTold = typed === undefined
    const network = near === undefined ? [] : [{ id: idOf('mail', 'network', near), bucket: NETWORK, isTold: true }]
    if (name === 'sign_up' || name === 'sign_up_known') {
      // Shared with nothing that counts for an account: how much room is left would tell that there is one.
      return [
        ...network,
        { id: idOf('mail', 'sign-up', addressKey), bucket: ADDRESS, isTold: true },
        { id: idOf('mail', 'sign-ups', ''), bucket: SIGN_UPS, isTold: true },
      ]
    }
    return [
      ...network,
      ...(isTold ? [] : [{ id: idOf('mail', 'typed', typed), bucket: TYPED, isTold: true }]),
      { id: idOf('mail', 'address', addressKey), bucket: ADDRESS, isTold },
      // Where there is no account the same is counted once more, so that it takes as long.
      { id: idOf('mail', 'account', accountId ?? `nobody ${addressKey}`), bucket: ACCOUNT, isTold },
    ]
  }

  return async (cause) => {
    const taken: Counted[] = []
    for (const counted of bucketsOf(cause)) {
      const retryAt = await throttles.fill(counted.id, counted.bucket, clock.now())
      if (retryAt === undefined) {
        taken.push(counted)
        continue
      }
      if (!counted.isTold) return { kind: 'silenced' }
      for (const { id, bucket } of taken) await throttles.takeBack(id, bucket)
      return { kind: 'throttled', retryAt }
    }
    return { kind: 'admitted' }
  }
}
