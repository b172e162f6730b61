/** What a file of another provider says about one account; and how to look into what nobody has checked. */
import type { ImportRecord } from '../account-import.ts'

export interface MovedAccount {
  /** Undefined: there is none here for it, and the remarks say why. */
  readonly record: ImportRecord | undefined
  /** What is not taken over, by its kind: counted, and told at the end. */
  readonly remarks: readonly string[]
}

export type Fields = Readonly<Record<string, unknown>>

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
