/** What a fault may show of a value: enough to recognise it, and never a secret. */
import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import { withoutLookalikes } from '../protocol/checks.ts'

const SECRET_NAME = /secret|key|password|passphrase|credential/i
const MAX_SHOWN = 80

interface Circumstances {
  /** The name of the key that it belongs to. */
  readonly name: string
  readonly isSecret: boolean
  /** A map or list was wanted there: a text in its place may be `client_secret:…` without the space. */
  readonly wantsCollection: boolean
  /** The environment variables that it came from. */
  readonly variables: readonly string[]
}

/** Describes `value`, a YAML node or the text that became of it. */
export function shownValue(value: unknown, { name, isSecret, wantsCollection, variables }: Circumstances): string {
  const isHidden =
    isSecret || wantsCollection || SECRET_NAME.test(name) || variables.some((one) => SECRET_NAME.test(one))
  const origin = variables.length === 0 ? '' : ` (with ${variables.map((one) => `\${${one}}`).join(', ')})`
  return describe(isScalar(value) ? value.value : value, isHidden) + origin
}

function describe(value: unknown, isHidden: boolean): string {
  if (value === undefined || value === null) return 'nothing'
  if (isAlias(value)) return 'an alias'
  if (isMap(value)) return 'a map'
  if (isSeq(value)) return 'a list'
  if (typeof value === 'string') return isHidden ? 'a text (not shown)' : quote(value)
  if (typeof value === 'number' || typeof value === 'boolean') {
    return isHidden ? `a ${typeof value} (not shown)` : `the ${typeof value} ${value}`
  }
  return 'something else'
}

/** Quoted, shortened, without control characters, without the user and password of a URL and what looks like a secret. */
export function quote(text: string): string {
  const harmless = withoutLookalikes(text.replace(/\/\/.*@/s, '//…@'))
  const short = harmless.length > MAX_SHOWN ? `${harmless.slice(0, MAX_SHOWN)}…` : harmless
  // Neither control characters nor those that turn the direction of writing may reach a terminal.
  return JSON.stringify(short).replace(/[\p{C}\u2028\u2029]/gu, (character) => escapeOf(character))
}

const escapeOf = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`
