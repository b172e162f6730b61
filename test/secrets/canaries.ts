/** Marked secrets: each is remembered under a name, and found again in whatever form somebody may have written it down. */
import { randomBytes } from 'node:crypto'

export interface Canaries {
  /** Gives `value` back. @param born the text that first told it, where that is an answer of ours */
  add<T extends string | Buffer>(name: string, value: T, born?: string): T
  /** A new secret of 43 characters. */
  make(name: string): string
  /** Those that are in the text, whole or a telling part, in any form: by name, with what is around. */
  findIn(text: string | Buffer): ReadonlyMap<string, string>
  /** The same, without those that this very text told first. */
  leakedIn(text: string | Buffer): ReadonlyMap<string, string>
  /** What was sent to Countersign, or came from it to whom it is for: these were really there to be leaked. */
  used(text: string): void
  /** That it was used cannot be seen from outside: a key, say. */
  isHeld(name: string): void
  unused(): readonly string[]
  readonly names: readonly string[]
}

/** So much of a secret is no accident. */
const PIECE = 20

/** Begins and ends of the parts that are secret, and the whole of what is short. */
function piecesOf(value: Buffer): readonly Buffer[] {
  const ends = (part: Buffer): Buffer[] =>
    part.length <= PIECE ? [part] : [part.subarray(0, PIECE), part.subarray(-PIECE)]
  const parts = value.toString('latin1').split('.')
  // Of a JWT (or a JWE) the header says the same for all of them, and of the claims every token of the sign-on has some.
  if (parts.length < 3 || !parts[0]?.startsWith('eyJ')) return ends(value)
  return parts.slice(2).flatMap((part) => ends(Buffer.from(part, 'latin1')))
}

const percentAll = (text: string): string => Buffer.from(text, 'latin1').toString('hex').replace(/../g, '%$&')

const htmlEscaped = (text: string): string =>
  text.replace(/[&<>"'=]/g, (character) => `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`)

/** Inside of any longer text that was encoded: where it begins there is one of three places. */
function base64Forms(piece: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), piece]).toString('base64')
    const begin = before === 0 ? 0 : before + 1
    return encoded.slice(begin, Math.floor(((before + piece.length) * 8) / 6))
  })
}

/** Everything that `piece` may look like. */
export function formsOf(piece: Buffer): readonly string[] {
  const text = piece.toString('latin1')
  const hex = piece.toString('hex')
  const base64 = base64Forms(piece)
  const percent = percentAll(text)
  return [
    ...new Set([
      ...[text, JSON.stringify(text).slice(1, -1), htmlEscaped(text)],
      ...[encodeURIComponent(text), encodeURIComponent(encodeURIComponent(text))],
      ...[new URLSearchParams({ a: text }).toString().slice(2), percent, percent.toUpperCase()],
      ...[hex, hex.toUpperCase()],
      ...base64,
      ...base64.flatMap((form) => [form.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(form)]),
    ]),
  ]
}

/** Of three bytes, as an index. */
const mark = (text: string, at: number): number =>
  (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2)
const HEAD = 8

export function canaries(): Canaries {
  const births = new Map<string, Set<string>>()
  const unused = new Set<string>()
  const names: string[] = []
  const starts = new Uint8Array(1 << 24)
  const byHead = new Map<string, { form: string; name: string }[]>()

  function remember(name: string, form: string): void {
    const head = form.slice(0, HEAD)
    starts[mark(form, 0)] = 1
    const known = byHead.get(head) ?? []
    if (!known.some((one) => one.form === form && one.name === name)) known.push({ form, name })
    byHead.set(head, known)
  }

  function findIn(given: string | Buffer): ReadonlyMap<string, string> {
    const text = (typeof given === 'string' ? Buffer.from(given) : given).toString('latin1')
    const found = new Map<string, string>()
    for (let at = 0; at <= text.length - HEAD; at++) {
      if (starts[mark(text, at)] !== 1) continue
      for (const { form, name } of byHead.get(text.slice(at, at + HEAD)) ?? []) {
        if (text.startsWith(form, at) && !found.has(name)) found.set(name, text.slice(Math.max(0, at - 60), at + 40))
      }
    }
    return found
  }

  const all: Canaries = {
    names,
    add(name, value, born) {
      const bytes = Buffer.from(value as string)
      if (bytes.length < 12) throw new Error(`${name} is not worth looking for: ${bytes}`)
      if (!names.includes(name)) {
        names.push(name)
        unused.add(name)
      }
      for (const piece of piecesOf(bytes)) for (const form of formsOf(piece)) remember(name, form)
      if (born !== undefined) births.set(name, (births.get(name) ?? new Set()).add(born))
      return value
    },
    make: (name) => all.add(name, randomBytes(32).toString('base64url')),
    findIn,
    leakedIn(text) {
      const isBorn = (name: string) => typeof text === 'string' && births.get(name)?.has(text)
      return new Map([...findIn(text)].filter(([name]) => !isBorn(name)))
    },
    used(text) {
      for (const name of findIn(text).keys()) unused.delete(name)
    },
    isHeld: (name) => void unused.delete(name),
    unused: () => [...unused],
  }
  return all
}
