/** How many mails somebody may cause, counted in the database (docs/decisions/0021, 0028). */
import type { KeyObject } from 'node:crypto'
import type { Clock, Timestamp } from '../base/clock.ts'
import { HOUR, MINUTE } from '../base/duration.ts'
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
}

/** Gives when there will be room; undefined: there is, and it was taken. Whether an account has the address makes no difference. */
export type AdmitMail = (cause: MailCause) => Promise<Timestamp | undefined>

export function mailLimits({ config, storage: { throttles }, throttlingKey, clock }: MailLimitDeps): AdmitMail {
  const { throttling } = config
  const origin = originOf(throttling)
  const idOf = bucketIds(throttlingKey)

  function bucketsOf({ name, addressKey, accountId, ip }: MailCause): readonly (readonly [string, Bucket])[] {
    const { kind } = MAILS[name]
    if (!throttling.isEnabled || kind === 'operator') return []
    if (kind === 'notice') return [[idOf('mail', 'notices', addressKey), NOTICES]]
    const near = ip === undefined ? undefined : origin(ip)?.near
    return [
      [idOf('mail', 'address', addressKey), ADDRESS],
      // Where there is no account the same is counted once more, so that it takes as long.
      [idOf('mail', 'account', accountId ?? `nobody ${addressKey}`), ACCOUNT],
      ...(near === undefined ? [] : [[idOf('mail', 'network', near), NETWORK] as const]),
    ]
  }

  return async (cause) => {
    const taken: (readonly [string, Bucket])[] = []
    for (const [id, bucket] of bucketsOf(cause)) {
      const retryAt = await throttles.fill(id, bucket, clock.now())
      if (retryAt === undefined) {
        taken.push([id, bucket])
        continue
      }
      for (const [other, of] of taken) await throttles.takeBack(other, of)
      return retryAt
    }
    return undefined
  }
}
