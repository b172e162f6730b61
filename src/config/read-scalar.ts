/** Reads one plain value: variables replaced, its type, its form and its bounds as the schema says. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.
import type { Scalar } from 'yaml'
import { substitute } from './environment.ts'
import type { Path } from './fault.ts'
import { nearestName } from './nearest-name.ts'
import { type Reading, reportWrongType, type Spot, secrecyOf } from './reading.ts'
import { QUANTITIES, type SchemaNode } from './schema/kinds.ts'
import { shownValue } from './shown-value.ts'

/** The value as the schema's type; undefined where a fault was reported. */
export function readScalar(scalar: Scalar, spot: Spot, reading: Reading): unknown {
  const { schema, path } = spot
  const text = typeof scalar.value === 'string' ? replaceVariables(scalar.value, spot, reading) : undefined
  if (typeof scalar.value === 'string' && text === undefined) return undefined
  // A variable is always text, so where another type is wanted its text is read as that.
  const value = text === undefined || text === scalar.value ? scalar.value : typedText(text, schema)
  if (schema.enum) return readChoice(value, spot, reading)
  if (schema.type === 'boolean') return typeof value === 'boolean' ? value : reportWrongType(spot, reading)
  if (schema.type === 'integer') return readInteger(value, spot, reading)
  if (typeof value !== 'string') return reportWrongType(spot, reading)
  if (formFault(value, schema, path, reading)) return undefined
  if (schema['x-reads-file']) reading.readReferencedFile(value, path)
  if (schema['x-reads-image']) reading.readReferencedImage(value, path)
  return value
}

/** `written` with its variables replaced; undefined after reporting those that are not set. */
function replaceVariables(written: string, spot: Spot, reading: Reading): string | undefined {
  const { text, variables, missing, isMalformed } = substitute(written, reading.env)
  if (variables.length > 0 && missing.length === 0) {
    const found = shownValue(text, { ...secrecyOf(spot), wantsCollection: false, variables })
    reading.faults.remember(spot.path, spot.position, found)
  }
  for (const name of new Set(missing)) {
    const allowed = 'a variable that is set; $${ stands for ${ itself'
    reading.faults.report(spot.path, { message: `the environment variable ${name} is not set`, allowed })
  }
  if (isMalformed) {
    const allowed = '${NAME}, with a name of letters, digits and _; $${ stands for ${ itself'
    reading.faults.report(spot.path, { message: 'has a ${ that no name and } follow', allowed })
  }
  return missing.length > 0 || isMalformed ? undefined : text
}

function typedText(text: string, schema: SchemaNode): unknown {
  const wantsNumber = schema.type === 'integer' || typeof schema.enum?.[0] === 'number'
  if (wantsNumber && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (schema.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function readChoice(value: unknown, spot: Spot, reading: Reading): unknown {
  const choices = spot.schema.enum ?? []
  const choice = choices.find((one) => one === value)
  if (choice === undefined) {
    const suggestion = typeof value === 'string' ? nearestName(value, choices.map(String)) : undefined
    reading.faults.report(spot.path, { message: 'is not a known value', allowed: choices.join(', '), suggestion })
  }
  return choice
}

function readInteger(value: unknown, spot: Spot, reading: Reading): number | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return reportWrongType(spot, reading)
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = spot.schema
  if (value >= minimum && value <= maximum) return value
  reading.faults.report(spot.path, { message: 'is out of range', allowed: `${minimum} to ${maximum}` })
  return undefined
}

/** Whether a text breaks the schema's rules for it, which is then reported. */
function formFault(text: string, schema: SchemaNode, path: Path, { faults }: Reading): boolean {
  const quantity = schema['x-quantity'] && QUANTITIES[schema['x-quantity']]
  const { minLength = 0, maxLength = 4096, pattern } = schema
  const allowed = schema['x-allowed'] ?? quantity?.allowed
  if (text.length < minLength) faults.report(path, { message: 'is empty', allowed })
  else if (text.length > maxLength) {
    faults.report(path, {
      message: `is too long: ${text.length} characters`,
      allowed: `at most ${maxLength} characters`,
    })
  } else if (pattern !== undefined && !new RegExp(pattern).test(text)) {
    faults.report(path, { message: 'is not of the right form', allowed })
  } else if (quantity && !isWithin(text, schema, quantity.parse)) {
    const bounds = `${schema['x-least']} to ${schema['x-most']}`
    faults.report(path, { message: 'is out of range', allowed: bounds })
  } else return false
  return true
}

function isWithin(text: string, schema: SchemaNode, parse: (text: string) => number | undefined): boolean {
  const amount = parse(text) ?? Number.NaN
  return amount >= (parse(schema['x-least'] ?? '') ?? 0) && amount <= (parse(schema['x-most'] ?? '') ?? 0)
}
