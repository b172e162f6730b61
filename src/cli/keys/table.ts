/** The signing keys as a table for people. */
import type { Timestamp } from '../../base/clock.ts'
import { rotationDue } from '../../keys/rotation.ts'
import type { RotationPolicy } from '../../keys/rotation-policy.ts'
import { KEY_ALGORITHMS } from '../../protocol/vocabulary.ts'
import type { StoredSigningKey } from '../../storage/storage.ts'
import { formatTable, toIso } from '../table.ts'

const HEADINGS = ['KID', 'ALGORITHM', 'STATE', 'PUBLISHED', 'SIGNS SINCE', 'RETIRED', 'WITHDRAWN AT', 'NEXT ROTATION']
const STATES = ['current', 'next', 'retired', 'withdrawn']

/** Lines of equal columns; times in UTC. */
export function keyTable(keys: readonly StoredSigningKey[], policy: RotationPolicy, now: Timestamp): string {
  const rows = [...keys]
    .sort(byAlgorithmAndState)
    .map((key) => [
      key.kid,
      key.algorithm,
      key.revokedAt === undefined ? key.state : 'revoked',
      toIso(key.publishedAt),
      toIso(key.activatedAt),
      toIso(key.retiredAt),
      toIso(key.withdrawAt ?? key.revokedAt),
      key.state === 'current' ? toIso(dueOf(key, keys, policy, now)) : '-',
    ])
  return formatTable([HEADINGS, ...rows])
}

function dueOf(
  current: StoredSigningKey,
  keys: readonly StoredSigningKey[],
  policy: RotationPolicy,
  now: Timestamp,
): Timestamp | undefined {
  const next = keys.find((key) => key.algorithm === current.algorithm && key.state === 'next')
  return next && rotationDue(current, next, policy, now)
}

const byAlgorithmAndState = (a: StoredSigningKey, b: StoredSigningKey): number =>
  KEY_ALGORITHMS.indexOf(a.algorithm) - KEY_ALGORITHMS.indexOf(b.algorithm) ||
  STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
  b.publishedAt - a.publishedAt
