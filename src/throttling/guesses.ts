/** Whether a password may be tried just now: by device, account and network, counted in the database (docs/decisions/0021). */
import type { KeyObject } from 'node:crypto'
import type { Clock, Timestamp } from '../base/clock.ts'
import type { ThrottlingConfig } from '../config/config.ts'
import type { Bucket, ThrottleStore } from '../storage/throttles.ts'
import { bucketIds } from './bucket-ids.ts'
import type { KnownDevices } from './known-devices.ts'
import { type Origin, originOf, widened } from './networks.ts'
import { admitSecondFactor } from './second-factor-guesses.ts'

export interface GuessDeps {
  readonly config: { readonly throttling: ThrottlingConfig }
  readonly storage: { readonly throttles: ThrottleStore }
  readonly devices: KnownDevices
  /** Names are kept as digests of it: nobody reads from the database what was typed. */
  readonly key: KeyObject
  readonly clock: Clock
}

/** A password that somebody wants to try. */
export interface Guess {
  readonly accountId: string | undefined
  /** The canonical form of what was typed. An account that does not exist is counted by it. */
  readonly name: string
  readonly ip: string
  /** The cookie. */
  readonly device: string | undefined
}

/** Which count is too high: of the device that the account knows, of strangers at the account, of the network's strangers. */
export type ThrottledBy = 'known_device' | 'account' | 'network'

export type Admission =
  | {
      readonly isAdmitted: true
      /** One of these is to be said afterwards. */
      right(): Promise<void>
      wrong(): Promise<void>
      /** It was not tried after all. */
      untried(): Promise<void>
    }
  | { readonly isAdmitted: false; readonly by: ThrottledBy; readonly retryAt: Timestamp }

export interface Guesses {
  admit(guess: Guess): Promise<Admission>
  /** The same for a second factor, which only those can guess at who have proven the first. */
  admitSecondFactor(guess: Pick<Guess, 'ip' | 'device'> & { readonly accountId: string }): Promise<Admission>
}

const nothing = async (): Promise<void> => {}
/** Not counted. */
export const FREE: Admission = { isAdmitted: true, right: nothing, wrong: nothing, untried: nothing }

/** Whose passwords these are, for the digests and for known devices. */
export const guessSubject = ({ accountId, name }: Pick<Guess, 'accountId' | 'name'>): string =>
  accountId === undefined ? `name\0${name}` : `account\0${accountId}`

export function guesses({ config, storage: { throttles }, devices, key, clock }: GuessDeps): Guesses {
  const { knownDevice, unknownDevice, attack, underAttack, network } = config.throttling
  const wideNetwork = widened(network)
  const origin = originOf(config.throttling)
  const idOf = bucketIds(key)

  /** Nobody but the device itself can fill its bucket. */
  async function admitKnown(subject: string, device: string): Promise<Admission> {
    const id = idOf('device', device, subject)
    const retryAt = await throttles.fill(id, knownDevice, clock.now())
    if (retryAt !== undefined) return { isAdmitted: false, by: 'known_device', retryAt }
    return {
      isAdmitted: true,
      right: () => throttles.empty(id),
      wrong: nothing,
      untried: () => throttles.takeBack(id, knownDevice),
    }
  }

  /**
   * The place in the account's bucket is taken before the password is tried, so that no number of parallel tries gets past
   * it. Those of the networks are only looked at: an office that signs in at once is no attack, and the bounded hashing
   * queue keeps what is under way from getting far past them.
   */
  async function admitStranger(subject: string, { near, wide }: Origin): Promise<Admission> {
    const networks: readonly (readonly [string, Bucket])[] = [
      ...(near === undefined ? [] : [[idOf('network', near), network] as const]),
      ...(wide === undefined ? [] : [[idOf('network', wide), wideNetwork] as const]),
    ]
    for (const [id, bucket] of networks) {
      const retryAt = await throttles.roomAt(id, bucket, clock.now())
      if (retryAt !== undefined) return { isAdmitted: false, by: 'network', retryAt }
    }
    const alarm = idOf('strangers', subject)
    const isAttacked = (await throttles.roomAt(alarm, attack, clock.now())) !== undefined
    const bucket = isAttacked ? underAttack : unknownDevice
    const id = idOf('stranger', subject, wide ?? '')
    const retryAt = await throttles.fill(id, bucket, clock.now())
    if (retryAt !== undefined) return { isAdmitted: false, by: 'account', retryAt }
    return {
      isAdmitted: true,
      right: () => throttles.empty(id),
      async wrong() {
        const now = clock.now()
        for (const [each, of] of networks) await throttles.fill(each, of, now)
        await throttles.fill(alarm, attack, now)
      },
      untried: () => throttles.takeBack(id, bucket),
    }
  }

  return {
    async admitSecondFactor({ accountId, ip, device: cookie }) {
      if (origin(ip) === undefined) return FREE
      const device = devices.find(cookie, guessSubject({ accountId, name: '' }), clock.now())
      return admitSecondFactor(
        { throttles, allowed: config.throttling, idOf, now: () => clock.now() },
        accountId,
        device,
      )
    },
    async admit({ ip, device: cookie, ...of }) {
      const from = origin(ip)
      if (from === undefined) return FREE
      const subject = guessSubject(of)
      const device = devices.find(cookie, subject, clock.now())
      return device === undefined ? admitStranger(subject, from) : admitKnown(subject, device)
    },
  }
}
