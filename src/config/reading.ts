/** What reading one value needs, and the fault that every reader can meet: a value of the wrong type. */
import { isNode, isScalar } from 'yaml'
import type { Environment } from './environment.ts'
import type { Path, Position } from './fault.ts'
import type { FaultList } from './fault-list.ts'
import type { SchemaNode } from './schema/kinds.ts'

/** What reading needs beside the node. */
export interface Reading {
  readonly faults: FaultList
  readonly env: Environment
  positionOf(offset: number): Position
  /** Fetches the text of the file that the value at `path` names, or reports why there is none. */
  readReferencedFile(name: string, path: Path): void
  /** The same of an image, as a `data:` URL. */
  readReferencedImage(name: string, path: Path): void
}

/** One value to read: `path` leads to it. */
export interface Spot {
  readonly node: unknown
  readonly schema: SchemaNode
  readonly path: Path
  /** Where to point when the node itself has no place, as in `key` without a colon. */
  readonly position: Position
}

/** The name of the key that a value belongs to, and whether it is a secret. */
export function secrecyOf({ schema, path }: Pick<Spot, 'schema' | 'path'>): { name: string; isSecret: boolean } {
  const name = path.findLast((step) => typeof step === 'string')
  return { name: name ?? '', isSecret: schema.writeOnly ?? false }
}

/** Reports that the value is of another type than the schema's. */
export function reportWrongType(spot: Spot, reading: Reading): undefined {
  const allowed = allowedType(spot.schema)
  if (!isNode(spot.node) || (isScalar(spot.node) && spot.node.value === null)) {
    const orNot = spot.path.length > 0 ? `${allowed}; or leave the key out` : allowed
    reading.faults.report(spot.path, { message: 'has no value', allowed: orNot })
  } else {
    reading.faults.report(spot.path, { message: `is of the wrong type${hint(spot)}`, allowed })
  }
}

/** The two slips that YAML turns into another type. */
function hint({ node, schema }: Spot): string {
  if (!isScalar(node)) return ''
  // A duration without its unit is a number: quotes would not make it one.
  if (schema.type === 'string') return schema['x-quantity'] ? '' : ': put quotes around it'
  const isGlued = schema.type === 'object' && typeof node.value === 'string' && /^\w+:\S/.test(node.value)
  return isGlued ? ': a space is missing after the colon' : ''
}

function allowedType(schema: SchemaNode): string {
  if (schema.enum) return schema.enum.join(', ')
  switch (schema.type) {
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? 'a map: the name of each, a colon, and its text'
        : `a map with the keys ${Object.keys(schema.properties ?? {}).join(', ')}`
    case 'array':
      return 'a list: [one, two], or each item on a line that begins with "- "'
    case 'integer':
      return 'a whole number, without quotes'
    case 'boolean':
      return 'true or false, without quotes'
    default:
      return schema['x-allowed'] ?? 'a text'
  }
}
