/** The signing keys: whether the sealing key opens them, how old they are, when they rotate, and which apps are behind. */

import type { Timestamp } from '../../base/clock.ts'
import { DAY, formatAge, HOUR } from '../../base/duration.ts'
import type { Outlook } from '../../keys/key-users.ts'
import { rotationDue } from '../../keys/rotation.ts'
import type { RotationPolicy } from '../../keys/rotation-policy.ts'
import { deriveKey } from '../../keys/sealing.ts'
import type { SealingKey } from '../../keys/sealing-key.ts'
import { privateJwkOpener } from '../../keys/unseal.ts'
import type { StoredSigningKey } from '../../storage/storage.ts'
import { userLines } from '../keys/app-lines.ts'
import { type Finding, fine, problem, unknown, warning } from './finding.ts'

export interface KeysInput {
  /** undefined: the database cannot be asked. */
  readonly keys: readonly StoredSigningKey[] | undefined
  /** Or why there is none, in words. */
  readonly sealingKey: SealingKey | string
  readonly policy: RotationPolicy
  readonly outlooks: readonly Outlook[]
  readonly now: Timestamp
}

/** Longer than the job that rotates ever takes to come round. */
const LATE = HOUR
/** When a rotation is so near, who has not fetched the next key matters. */
const NEAR = 7 * DAY
const LONG = 366 * DAY

export function checkKeys(input: KeysInput): readonly Finding[] {
  const { keys, sealingKey, policy, now } = input
  if (keys === undefined) return [...sealingKeyFindings(sealingKey, []), unknown('the signing keys: no database')]
  if (keys.length === 0)
    return [warning('there are no signing keys yet', 'The first start of countersign serve makes them.')]
  return [
    ...sealingKeyFindings(sealingKey, keys),
    ...policy.algorithms.map((algorithm) =>
      ofAlgorithm(
        keys.filter((key) => key.algorithm === algorithm),
        algorithm,
        input,
      ),
    ),
    ...(policy.rotateEvery > LONG
      ? [
          warning(
            `a key signs for ${formatAge(policy.rotateEvery)}`,
            'Set keys.rotate_every to 90d: a key that leaked unnoticed ends then.',
          ),
        ]
      : []),
    ...input.outlooks
      .filter(({ dueAt }) => dueAt !== undefined && dueAt - now < NEAR)
      .flatMap((one) => behind(one, now)),
  ]
}

function sealingKeyFindings(sealingKey: SealingKey | string, keys: readonly StoredSigningKey[]): readonly Finding[] {
  if (typeof sealingKey === 'string') {
    // What to do is in it: it is another thing for a file that is missing than for one that others can read.
    return [{ level: 'problem', found: sealingKey }]
  }
  const open = privateJwkOpener({ key: deriveKey(sealingKey.bytes, 'signing-keys'), sealingKey })
  try {
    const sealed = keys.filter(({ sealedPrivateJwk }) => sealedPrivateJwk !== undefined)
    for (const key of sealed) open(key)
    return sealed.length > 0
      ? [
          fine(
            `the sealing key opens ${sealed.length === 1 ? 'the one private key' : `all ${sealed.length} private keys`}`,
          ),
        ]
      : []
  } catch (error) {
    const message = error instanceof Error ? error.message : 'a private key does not open'
    return [problem(message, 'No token can be signed with a key that does not open.')]
  }
}

function ofAlgorithm(
  keys: readonly StoredSigningKey[],
  algorithm: string,
  { policy, now }: Pick<KeysInput, 'policy' | 'now'>,
): Finding {
  const [current, next] = (['current', 'next'] as const).map((state) => keys.find((key) => key.state === state))
  if (current === undefined) {
    return warning(
      `${algorithm}: there is no key yet`,
      'A running Countersign makes one; otherwise the next start does.',
    )
  }
  const age = `${algorithm}: in use for ${formatAge(now - (current.activatedAt ?? current.publishedAt))}`
  if (next === undefined) {
    return warning(`${age}, and there is no next one`, 'A running Countersign makes one within a minute: does one run?')
  }
  const due = rotationDue(current, next, policy, now)
  return due < now - LATE
    ? problem(
        `${age}; the next one should have taken over ${formatAge(now - due)} ago`,
        'A running Countersign does that each minute: does one run, and does its log say that a job failed?',
      )
    : fine(`${age}, the next one takes over in ${formatAge(due - now)}`)
}

function behind({ algorithm, users, unaware, dueAt = 0 }: Outlook, now: Timestamp): readonly Finding[] {
  if (unaware.length === 0) return []
  const names = userLines(unaware.slice(0, 5), now).map((line) => line.trim())
  const more = unaware.length > 5 ? `; and ${unaware.length - 5} more` : ''
  return [
    warning(
      `${algorithm}: ${unaware.length} of ${users.length} apps that fetch keys ${unaware.length === 1 ? 'has' : 'have'} not seen the next one: ${names.join('; ')}${more}`,
      `In ${formatAge(dueAt - now)} it signs. Most apps fetch again when they meet a key that they do not know; restart those that do not.`,
    ),
  ]
}
