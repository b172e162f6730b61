/** `countersign keys revoke`: takes one key out at once, for when its private half may be in other hands. */

import type { AuditEvent } from '../../audit/event.ts'
import { counted } from '../../base/counted.ts'
import { formatDuration } from '../../base/duration.ts'
import { type Revocation, revokeAllByHand, revokeByHand } from '../../keys/by-hand.ts'
import type { KeyRingDeps } from '../../keys/key-ring.ts'
import { isEncryptionAlgorithm } from '../../protocol/vocabulary.ts'
import type { SigningKeyStore } from '../../storage/storage.ts'
import { confirm } from '../account/confirm.ts'
import { CommandError, type Terminal } from '../command.ts'
import type { Opened } from '../open.ts'
import { toIso } from '../table.ts'
import { impactOf } from './impact.ts'

export interface RevokeSurroundings {
  readonly deps: KeyRingDeps
  readonly opened: Opened
  readonly terminal: Terminal
  /** `--yes`: nobody is asked. */
  readonly isSure: boolean
}

/** Says what ends, asks, and does it. Throws CommandError. */
export async function revoke(kid: string, surroundings: RevokeSurroundings): Promise<number> {
  const { deps, opened, terminal, isSure } = surroundings
  const jwksMaxAge = opened.config.keys.jwksMaxAge
  const key = (await deps.store.list()).find((each) => each.kid === kid)
  if (key !== undefined && key.revokedAt === undefined) {
    const impact = await impactOf(key, { ...opened, now: terminal.clock.now() })
    terminal.stderr.write(`${impact.join('\n')}\n`)
    if (!isSure && !(await confirm(terminal, 'Take it out now?'))) return unchanged(terminal)
  }
  const revocation = await revokeByHand(deps, kid)
  switch (revocation.kind) {
    case 'unknown':
      throw new CommandError(`There is no signing key ${kid}. Look at: countersign keys list`)
    case 'overtaken':
      throw new CommandError('Other processes kept changing the keys. Look at: countersign keys list, and try again')
    case 'already_revoked':
      terminal.stdout.write(`${kid} was revoked at ${toIso(revocation.at)}. Nothing was changed.\n`)
      return 0
    case 'revoked':
      terminal.stdout.write(report(revocation, { deps, jwksMaxAge }))
      return 0
  }
}

/** Takes every key out; says what ends and where new ones come from. */
export async function revokeAll(
  store: SigningKeyStore,
  { terminal, isSure, audited }: Pick<RevokeSurroundings, 'terminal' | 'isSure'> & { audited(event: AuditEvent): void },
): Promise<number> {
  const question = 'Every key goes, and with them every access token and ID token. Take them all out now?'
  if (!isSure && !(await confirm(terminal, question))) return unchanged(terminal)
  const revoked = await revokeAllByHand({ store, clock: terminal.clock })
  if (revoked > 0) audited({ kind: 'all_keys_revoked', count: revoked })
  terminal.stdout.write(
    `${counted(revoked, 'key is', 'keys are')} revoked. Every access token and ID token ends. A running Countersign makes new keys within\n` +
      'seconds, otherwise the next start does; apps accept them once they have fetched the key set again. Sessions go on;\n' +
      'refresh tokens too, unless the sealing key is a new one.\n',
  )
  return 0
}

function unchanged({ stderr }: Terminal): number {
  stderr.write('Nothing was changed.\n')
  return 1
}

function report(
  { before, keys }: Extract<Revocation, { kind: 'revoked' }>,
  { deps, jwksMaxAge }: { deps: KeyRingDeps; jwksMaxAge: number },
): string {
  const maxAge = formatDuration(jwksMaxAge)
  const lines = [`${before.kid} (${before.algorithm}, ${before.state}) is revoked and no longer published.`]
  if (isEncryptionAlgorithm(before.algorithm)) {
    lines.push(`What ends: what is encrypted to it is not read any more. Apps encrypt to it for up to ${maxAge}.`)
  } else if (before.activatedAt !== undefined) {
    lines.push(
      'What ends: every access token and ID token that it signed. Countersign refuses them within a second; an app',
      `refuses them once it has fetched the key set again (up to ${maxAge} later). Sessions and refresh tokens are not`,
      'signed with it and go on: apps get new tokens with them, and nobody has to sign in again.',
    )
  } else {
    lines.push('It has signed nothing, so nothing ends.')
  }
  const successor = keys.find((key) => key.algorithm === before.algorithm && key.state === 'current')
  if (before.state === 'current' && successor && isEncryptionAlgorithm(before.algorithm)) {
    lines.push(`${successor.kid} is published in its place.`)
  } else if (before.state === 'current' && successor) {
    lines.push(`${successor.kid} signs in its place.`)
    if (deps.clock.now() - successor.publishedAt < deps.policy.publishBeforeEarlyUse) {
      lines.push(
        `It has been published only since ${toIso(successor.publishedAt)}: an app that holds an older key set may refuse new`,
        `tokens until it fetches the set again (up to ${maxAge}).`,
      )
    }
  }
  const next = keys.find((key) => key.algorithm === before.algorithm && key.state === 'next')
  if (next && before.state !== 'retired' && before.state !== 'withdrawn') lines.push(`The new next key is ${next.kid}.`)
  if (before.activatedAt !== undefined) lines.push(...nextSteps(maxAge))
  return `${lines.join('\n')}\n`
}

const nextSteps = (maxAge: string): readonly string[] => [
  'What to do next:',
  `  Restart apps that keep keys for longer than ${maxAge}; countersign keys list shows who has fetched the new ones.`,
  '  Find out how it got out. Whoever has the database and the sealing key has every key: then take them all out',
  '  (countersign keys revoke --all) and begin with a new sealing key (keys/README.md).',
]
