/**
 * Whether a code of a second factor may be tried just now. Six digits are few, so all strangers at one account share a bucket,
 * wherever they come from: to fill it takes the password. A right password does not empty it.
 */
import type { Timestamp } from '../base/clock.ts'
import type { ThrottlingConfig } from '../config/config.ts'
import type { ThrottleStore } from '../storage/throttles.ts'
import type { Admission } from './guesses.ts'

interface Counting {
  readonly throttles: ThrottleStore
  readonly allowed: Pick<ThrottlingConfig, 'knownDevice' | 'unknownDevice' | 'attack' | 'underAttack'>
  idOf(...what: readonly string[]): string
  now(): Timestamp
}

/** @param device its name, where the account knows it */
export async function admitSecondFactor(
  { throttles, allowed, idOf, now }: Counting,
  accountId: string,
  device: string | undefined,
): Promise<Admission> {
  const alarm = idOf('second factor alarm', accountId)
  const isAttacked = (await throttles.roomAt(alarm, allowed.attack, now())) !== undefined
  const usual = device === undefined ? allowed.unknownDevice : allowed.knownDevice
  const bucket = isAttacked ? allowed.underAttack : usual
  const id = idOf('second factor', accountId, device ?? '')
  const retryAt = await throttles.fill(id, bucket, now())
  if (retryAt !== undefined) {
    return { isAdmitted: false, by: device === undefined ? 'account' : 'known_device', retryAt }
  }
  return {
    isAdmitted: true,
    right: () => throttles.empty(id),
    wrong: async () => void (await throttles.fill(alarm, allowed.attack, now())),
    untried: () => throttles.takeBack(id, bucket),
  }
}
