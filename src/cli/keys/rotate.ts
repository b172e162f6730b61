/** `countersign keys rotate`: puts the next keys to use before their time. */
import { formatDuration } from '../../base/duration.ts'
import { type EarlyRotation, rotateByHand, type WaitingKey } from '../../keys/by-hand.ts'
import type { KeyRingDeps } from '../../keys/key-ring.ts'
import { isEncryptionAlgorithm, KEY_ALGORITHMS, type KeyAlgorithm } from '../../protocol/vocabulary.ts'
import { CommandError, type Terminal, UsageError } from '../command.ts'
import { toIso } from '../table.ts'

/** All algorithms that we have when none is named. `force`: whether or not the key has been published long enough. */
export async function rotate(
  named: KeyAlgorithm | undefined,
  { deps, force, terminal }: { deps: KeyRingDeps; force: boolean; terminal: Terminal },
): Promise<number> {
  const ours = deps.policy.algorithms
  if (named !== undefined && !ours.includes(named)) {
    throw new CommandError(
      `There are no keys for ${named}: keys.signing_algorithms and keys.encryption_algorithms have ${ours.join(', ')}.`,
    )
  }
  const algorithms = named === undefined ? ours : [named]
  const rotation = await rotateByHand(deps, { algorithms, force })
  switch (rotation.kind) {
    case 'overtaken':
      throw new CommandError('Another process changed the keys at the same moment. Look at: countersign keys list')
    case 'too_early':
      throw new CommandError(tooEarly(rotation.waiting, { deps, force }))
    case 'rotated':
      terminal.stdout.write(report(rotation, { algorithms, deps, force }))
      return 0
  }
}

/** At most one algorithm. Throws UsageError. */
export function parseAlgorithm(words: readonly string[]): KeyAlgorithm | undefined {
  if (words.length === 0) return undefined
  const algorithm = KEY_ALGORITHMS.find((name) => name === words[0])
  if (algorithm === undefined || words.length > 1) {
    throw new UsageError(`keys rotate takes one of ${KEY_ALGORITHMS.join(', ')}, or nothing for all of them.`)
  }
  return algorithm
}

function tooEarly(waiting: readonly WaitingKey[], { deps, force }: { deps: KeyRingDeps; force: boolean }): string {
  const lines = waiting.map(({ algorithm, safeFrom }) => `  ${algorithm}: from ${toIso(safeFrom)} on`)
  const now = force
    ? 'There is no next key yet for them; a running Countersign makes one within a minute.'
    : `With --now it is done at once, and then an app that still holds the older key set refuses every new token, and so\n` +
      `every sign-in, until it fetches the set again (up to ${formatDuration(deps.policy.publishBeforeEarlyUse)}). When a key has leaked, use keys revoke instead.`
  return `Nothing was rotated. The next key must be known to every app before it signs:\n${lines.join('\n')}\n${now}`
}

function report(
  { keys }: Extract<EarlyRotation, { kind: 'rotated' }>,
  { algorithms, deps, force }: { algorithms: readonly KeyAlgorithm[]; deps: KeyRingDeps; force: boolean },
): string {
  const now = deps.clock.now()
  const lines = algorithms.flatMap((algorithm) => {
    const ofThis = keys.filter((key) => key.algorithm === algorithm)
    const current = ofThis.find((key) => key.state === 'current')
    const retired = ofThis
      .filter((key) => key.state === 'retired')
      .sort((a, b) => (b.retiredAt ?? 0) - (a.retiredAt ?? 0))[0]
    const isKnown = current !== undefined && now - current.publishedAt >= deps.policy.publishBeforeEarlyUse
    return [
      `${algorithm}: ${current?.kid} ${isEncryptionAlgorithm(algorithm) ? 'is published' : 'signs'} from now on.`,
      ...(retired
        ? [
            `  ${retired.kid} ${isEncryptionAlgorithm(algorithm) ? 'decrypts' : 'stays published'} until ${toIso(retired.withdrawAt)}.`,
          ]
        : []),
      ...(force && !isKnown && !isEncryptionAlgorithm(algorithm)
        ? [
            `  It has been published only since ${toIso(current?.publishedAt)}: some apps refuse its tokens until they fetch the key set again.`,
          ]
        : []),
    ]
  })
  return `${lines.join('\n')}\nRunning processes follow within seconds.\n`
}
