/** `countersign audit verify`: whether the chain is whole. */

import { type Break, type Verdict, verifyChain } from '../../audit/verify.ts'
import { counted } from '../../base/counted.ts'
import type { Terminal } from '../command.ts'
import type { Opened } from '../open.ts'
import { sealsOf } from '../record.ts'
import type { Words } from './words.ts'

/** Gives 1 when something is wrong, or could not be proven. */
export async function verify(
  { json, head, from }: Words,
  { opened: { config, storage }, terminal }: { opened: Opened; terminal: Terminal },
): Promise<number> {
  const seals = await sealsOf(config, terminal)
  const verdict = await verifyChain({ store: storage.auditEvents, seals, head, from })
  const isProven = verdict.broken === undefined && verdict.unprovenTo === undefined
  const text = json ? `${JSON.stringify(verdictJson(verdict), null, 2)}\n` : report(verdict, seals !== undefined)
  terminal.stdout.write(text)
  return isProven ? 0 : 1
}

const verdictJson = ({ count, first, head, anchor, broken, unprovenTo, unsealed }: Verdict) => ({
  ok: broken === undefined && unprovenTo === undefined,
  ...{ count, first: first ?? null, head: head ? `${head.number}:${head.hash}` : null, swept_to: anchor },
  ...{ broken: broken ? { ...broken, detail: breakInWords(broken) } : null, unproven_to: unprovenTo ?? null, unsealed },
})

function report({ count, first, head, anchor, broken, unprovenTo, unsealed }: Verdict, hasKey: boolean): string {
  const lines: string[] = []
  if (head === undefined && broken === undefined) lines.push('There are no events yet.')
  if (head !== undefined) {
    const whole = broken === undefined ? 'each is as it was written' : 'were looked at'
    lines.push(`${counted(count, 'event')}, from ${first} to ${head.number}: ${whole}.`)
  }
  if (anchor > 0) lines.push(`Events up to ${anchor} went when their time was over (audit.keep).`)
  if (unsealed > 0) {
    lines.push(`${unsealed} of them came from commands that had no sealing key: they have no seal of their own.`)
  }
  if (unprovenTo !== undefined) lines.push(...unproven(unprovenTo, hasKey))
  if (broken !== undefined) lines.push(`BROKEN: ${breakInWords(broken)}`)
  else if (head !== undefined) {
    lines.push(
      `Head: ${head.number}:${head.hash}`,
      'Keep it elsewhere: --head proves with it that nothing up to here was taken away.',
    )
  }
  return `${lines.join('\n')}\n`
}

const unproven = (to: number, hasKey: boolean): readonly string[] =>
  hasKey
    ? [
        `UNPROVEN: up to event ${to} another sealing key was used: their hashes fit, but who can write the database could`,
        `have made them. When the sealing key was replaced then, --from ${to + 1} looks at the rest alone.`,
      ]
    : ['UNPROVEN: there is no sealing key here: the hashes fit, but who can write the database could have made them.']

/** A whole sentence. */
export function breakInWords(broken: Break): string {
  const { number } = broken
  switch (broken.kind) {
    case 'changed':
      return `event ${number} was changed: its hash is not that of what it says.`
    case 'replaced':
      return `event ${number} does not follow from event ${number - 1}: one of the two was put in the place of another.`
    case 'missing':
      return `${range(number, broken.last)} missing: ${number === broken.last ? 'it was' : 'they were'} deleted.`
    case 'truncated':
      return `${range(number, broken.last)} missing: the end was cut off.`
    case 'inserted':
      return `event ${number} was put in: the chain does not know of it.`
    case 'forged':
      return `the seal of event ${number} is not ours: what leads up to it was written by somebody without the sealing key.`
    case 'unsealed':
      return `event ${number} is under no seal: it was written by somebody without the sealing key, or a seal was taken away.`
    case 'ends':
      return 'what says where the chain begins and ends was changed.'
    case 'head_unknown':
      return 'the head that was named is no event of this chain: it was cut off and written anew since, or that was another database.'
  }
}

const range = (from: number, to: number): string => (from === to ? `event ${from} is` : `events ${from} to ${to} are`)
