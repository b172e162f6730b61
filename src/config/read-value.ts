/** Reads YAML nodes as the schema says: types, defaults, unknown and missing keys. Goes on after a fault, to find them all. */
import { isAlias, isMap, isNode, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Path, Position } from './fault.ts'
import { nearestName } from './nearest-name.ts'
import { readScalar } from './read-scalar.ts'
import { type Reading, reportWrongType, type Spot, secrecyOf } from './reading.ts'
import type { SchemaNode } from './schema/kinds.ts'
import { isRequired } from './schema.ts'
import { shownValue } from './shown-value.ts'

/** The value of the node with every default filled in; undefined where a fault was reported. */
export function readValue(around: Spot, reading: Reading): unknown {
  const { node, schema, path } = around
  const position = isNode(node) && node.range ? reading.positionOf(node.range[0]) : around.position
  const spot = { ...around, position }
  const wantsCollection = schema.type === 'object' || schema.type === 'array'
  const found = shownValue(node, { ...secrecyOf(spot), wantsCollection, variables: [] })
  reading.faults.remember(path, position, found)
  if (isAlias(node)) {
    return void reading.faults.report(path, {
      message: 'an alias (*name) is not allowed',
      allowed: 'the value, written out',
    })
  }
  if (isNode(node) && node.tag !== undefined) {
    return void reading.faults.report(path, { message: 'a tag (!name) is not allowed', allowed: 'the plain value' })
  }
  if (schema.type === 'object') return isMap(node) ? readMap(node, spot, reading) : reportWrongType(spot, reading)
  if (schema.type === 'array') return isSeq(node) ? readList(node, spot, reading) : reportWrongType(spot, reading)
  return isScalar(node) && node.value !== null ? readScalar(node, spot, reading) : reportWrongType(spot, reading)
}

function readList(list: YAMLSeq, { schema, path, position }: Spot, reading: Reading): unknown[] {
  const items = schema.items ?? {}
  const values = list.items.map((node, index) =>
    readValue({ node, schema: items, path: [...path, index], position }, reading),
  )
  if (schema.uniqueItems) {
    const seen = new Set<unknown>()
    values.forEach((value, index) => {
      if (value !== undefined && seen.has(value)) {
        reading.faults.report([...path, index], { message: 'is in this list twice' })
      }
      seen.add(value)
    })
  }
  return values
}

function readMap(map: YAMLMap, around: Spot, reading: Reading): Record<string, unknown> {
  const spot = { ...around, schema: withNamesOf(map, around.schema) }
  const { schema, path } = spot
  const properties = schema.properties ?? {}
  const given = readKeys(map, spot, reading)
  const value: Record<string, unknown> = {}
  for (const [key, property] of Object.entries(properties)) {
    const pair = given.get(key)
    if (pair) {
      const position = keyPosition(pair, spot, reading)
      value[key] = readValue({ node: pair.value, schema: property, path: [...path, key], position }, reading)
    } else if (isRequired(schema, key)) {
      const allowed = property['x-allowed'] ?? property.description
      reading.faults.report([...path, key], { message: 'is missing', allowed })
    } else {
      value[key] = defaultOf(property)
    }
  }
  return value
}

/** Of a map whose keys the schema leaves open: with those that are there. */
function withNamesOf(map: YAMLMap, schema: SchemaNode): SchemaNode {
  const each = schema.additionalProperties
  if (typeof each !== 'object') return schema
  const names = map.items.map(({ key }) => (isScalar(key) ? String(key.value) : '')).filter((name) => NAME.test(name))
  return { ...schema, properties: Object.fromEntries(names.map((name) => [name, each])) }
}

const NAME = /^[\w.-]{1,64}$/

/** The known keys of a map, each once; others are faults. */
function readKeys(map: YAMLMap, spot: Spot, reading: Reading): Map<string, Pair> {
  const known = Object.keys(spot.schema.properties ?? {})
  const lines = new Map<string, number>()
  const given = new Map<string, Pair>()
  for (const pair of map.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : ''
    const position = keyPosition(pair, spot, reading)
    const firstLine = lines.get(name)
    if (firstLine !== undefined && known.includes(name)) {
      reading.faults.reportAt(position, [...spot.path, name], { message: `is given twice: first in line ${firstLine}` })
    } else if (known.includes(name)) {
      given.set(name, pair)
    } else {
      reportUnknownKey(name, { position, path: spot.path, known }, reading)
    }
    if (firstLine === undefined) lines.set(name, position.line)
  }
  return given
}

function reportUnknownKey(
  name: string,
  { position, path, known }: { position: Position; path: Path; known: readonly string[] },
  reading: Reading,
): void {
  // Anything else may be a value that was meant to follow a colon, and that may be a secret.
  const isName = NAME.test(name)
  const beforeColon = /^([\w-]{1,64}):/.exec(name)?.[1]
  const message = isName
    ? 'unknown key'
    : beforeColon === undefined
      ? 'a key that is no plain name'
      : `unknown key: a space is missing after ${beforeColon}:`
  const suggestion = nearestName(isName ? name : (beforeColon ?? ''), known)
  reading.faults.reportAt(position, [...path, isName ? name : (beforeColon ?? '?')], {
    message,
    // Nobody looks for the one among dozens when it is named.
    allowed: suggestion === undefined || known.length <= EASY_TO_READ ? known.join(', ') : manyKeys(known),
    suggestion,
  })
}

const EASY_TO_READ = 12
const manyKeys = ({ length }: readonly string[]): string => `one of ${length} keys; docs/configuration.md lists them`

const keyPosition = (pair: Pair, spot: Spot, reading: Reading): Position =>
  isNode(pair.key) && pair.key.range ? reading.positionOf(pair.key.range[0]) : spot.position

/** What a key that was left out stands for: sections are filled with the defaults of their own keys. */
export function defaultOf(schema: SchemaNode): unknown {
  if (schema.type !== 'object' || schema.default === undefined) return structuredClone(schema.default)
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, property]) => [key, defaultOf(property)]),
  )
}
