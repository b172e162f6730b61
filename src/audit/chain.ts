/** The chain: how an event is written down, hashed and sealed. A change of any of this needs another `VERSION`. */
import { createHmac, hash, type KeyObject } from 'node:crypto'
import type { Timestamp } from '../base/clock.ts'
import { constantTimeEqual } from '../base/hash.ts'
import type { ChainedEvent, ChainPlace } from '../storage/storage.ts'

const VERSION = 1

/** An event that has no place yet. */
export interface Entry {
  readonly at: Timestamp
  readonly kind: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Before the first event. */
export const BEGINNING: ChainPlace = { number: 0, hash: '', seal: '' }

/** What a batch ends with that was written without the sealing key. */
export const UNSEALED = 'none'

/** RFC 8785: the one way to write this value, for whoever computes the hash again. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = value as Readonly<Record<string, unknown>>
  let members = ''
  for (const name of Object.keys(fields).sort()) {
    if (fields[name] === undefined) continue
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(fields[name])}`
  }
  return `{${members}}`
}

/** SHA-256, base64url, of the canonical JSON of the event with the hash of the one before; `fields` is canonical already. */
export const hashOf = ({ number, at, kind, fields, previousHash }: Omit<ChainedEvent, 'hash' | 'seal'>): string =>
  hash(
    'sha256',
    `{"at":${at},"fields":${fields},"kind":${JSON.stringify(kind)},"number":${number},"previous":${JSON.stringify(previousHash)},"v":${VERSION}}`,
    'base64url',
  )

/** Those of the fields that have a column of their own. */
export function columnsOf(fields: Readonly<Record<string, unknown>>) {
  const text = (name: string): string | undefined => {
    const value = fields[name]
    return typeof value === 'string' ? value : undefined
  }
  return { accountId: text('accountId'), clientId: text('clientId'), flowId: text('flowId') }
}

/** Puts them after `head`, the last one with a seal. `seals` undefined: whoever writes has no sealing key. */
export function link(entries: readonly Entry[], head: ChainPlace, seals: Seals | undefined): readonly ChainedEvent[] {
  let { number, hash: previousHash } = head
  return entries.map(({ at, kind, fields }, i) => {
    number++
    const unhashed = { number, at, kind, ...columnsOf(fields), fields: canonicalJson(fields), previousHash }
    const event = { ...unhashed, hash: hashOf(unhashed) }
    previousHash = event.hash
    const isLast = i === entries.length - 1
    return { ...event, seal: isLast ? (seals?.make('head', event) ?? UNSEALED) : undefined }
  })
}

/** What a seal proves: that the chain ended here at some time (`head`), or begins after here (`anchor`). */
export type Sealed = 'head' | 'anchor'

/** `other_key`: nothing can be said of it with the sealing key that is here. */
export type SealVerdict = 'ours' | 'forged' | 'other_key' | 'unsealed'

export interface Seals {
  make(what: Sealed, place: Pick<ChainPlace, 'number' | 'hash'>): string
  judge(what: Sealed, place: ChainPlace): SealVerdict
}

/**
 * HMAC-SHA-256 over a place in the chain. Whoever can write the database, and has not the sealing key, can make hashes
 * that fit each other, and no seals.
 */
export function seals(key: KeyObject | Buffer): Seals {
  const mac = (text: string): string => createHmac('sha256', key).update(text).digest('base64url')
  // Tells another sealing key from a forgery.
  const mark = mac('countersign/audit/mark').slice(0, 8)
  const make: Seals['make'] = (what, { number, hash: of }) =>
    `v${VERSION}.${mark}.${mac(`countersign/audit/${what}/${number}/${of}`)}`
  return {
    make,
    judge(what, place) {
      if (place.seal === UNSEALED) return 'unsealed'
      const [version, whose] = place.seal.split('.')
      if (version !== `v${VERSION}` || whose === undefined) return 'forged'
      if (whose !== mark) return 'other_key'
      return constantTimeEqual(place.seal, make(what, place)) ? 'ours' : 'forged'
    },
  }
}
