/** `countersign keys rotate`: puts the next keys to use before their time. */
import { formatDuration } from '../../base/duration.ts'
import { type EarlyRotation, rotateByHand, type WaitingKey } from '../../keys/by-hand.ts'
import type { KeyRingDeps } from '../../keys/key-ring.ts'
import { type Outlook, rotationOutlook } from '../../keys/key-users.ts'
import { isEncryptionAlgorithm, KEY_ALGORITHMS, type KeyAlgorithm } from '../../protocol/vocabulary.ts'
import { confirm } from '../account/confirm.ts'
import { CommandError, type Terminal, UsageError } from '../command.ts'
import type { Opened } from '../open.ts'
import { toIso } from '../table.ts'
import { outlookLines } from './app-lines.ts'

export interface RotateSurroundings {
  readonly deps: KeyRingDeps
  readonly opened: Opened
  readonly terminal: Terminal
  /** `--now`: whether or not the key has been published long enough. */
  readonly isNow: boolean
  /** `--force`: whether or not every app has fetched it. */
  readonly isForced: boolean
}

/** All algorithms that we have when none is named. Throws CommandError. */
export async function rotate(named: KeyAlgorithm | undefined, surroundings: RotateSurroundings): Promise<number> {
  const { deps, terminal, isNow: force } = surroundings
  const ours = deps.policy.algorithms
  if (named !== undefined && !ours.includes(named)) {
    throw new CommandError(
      `There are no keys for ${named}: keys.signing_algorithms and keys.encryption_algorithms have ${ours.join(', ')}.`,
    )
  }
  const algorithms = named === undefined ? ours : [named]
  if (!(await isAgreed(algorithms, surroundings))) {
    terminal.stderr.write('Nothing was changed.\n')
    return 1
  }
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

/** Tells which apps have not fetched the keys that are to sign, and asks whether to go on. Throws CommandError. */
async function isAgreed(
  algorithms: readonly KeyAlgorithm[],
  { deps, opened, terminal, isNow, isForced }: RotateSurroundings,
): Promise<boolean> {
  const now = terminal.clock.now()
  const keys = await deps.store.list()
  const look = { keys, policy: deps.policy, clients: opened.config.clients, now, store: opened.storage.jwksFetches }
  const isAsked = ({ algorithm, next }: Outlook): boolean =>
    algorithms.includes(algorithm) && (isNow || now - next.publishedAt >= deps.policy.publishBeforeEarlyUse)
  const behind = (await rotationOutlook(look, isAsked)).filter(({ unaware }) => unaware.length > 0)
  if (behind.length === 0) return true
  const lines = behind.flatMap((outlook) => outlookLines(outlook, now))
  terminal.stderr.write(
    `${lines.join('\n')}\nUntil they fetch the keys again they refuse new tokens. Most libraries do so when they meet a key that they do not know.\n`,
  )
  if (isNow || isForced) return true
  if (!terminal.stdin.isTTY) throw new CommandError('Nothing was rotated. To do it all the same use --force.')
  return confirm(terminal, 'Rotate all the same?')
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
