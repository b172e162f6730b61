/** Where the file holds secrets itself, and which files with secrets it names: for whoever checks who may read them. */
import { parse } from 'yaml'
import { formatPath, type Path } from './fault.ts'
import type { SchemaNode } from './schema/kinds.ts'
import { CONFIG_SCHEMA } from './schema.ts'

export interface SecretPlaces {
  /** Paths of keys whose secret stands in the file, as `clients[0].client_secret`. Hashes are none. */
  readonly written: readonly string[]
  /** As they are written. */
  readonly files: readonly { readonly at: string; readonly name: string }[]
}

/** Of a file that loads without a fault; nothing of any other. */
export function secretPlaces(text: string): SecretPlaces {
  const written: string[] = []
  const files: { at: string; name: string }[] = []
  walk(parseOrNothing(text), { schema: CONFIG_SCHEMA, path: [] }, (schema, path, value) => {
    const name = String(path.findLast((step) => typeof step === 'string') ?? '')
    if (schema['x-reads-file']) files.push({ at: formatPath(path), name: value })
    else if (!isFromElsewhere(value) && !/hash/.test(name) && hasSecret(name, value)) written.push(formatPath(path))
  })
  return { written, files }
}

/** An address of a database holds one only with a password. */
const hasSecret = (name: string, value: string): boolean =>
  name !== 'url' || (!value.startsWith('file:') && /:\/\/[^/@:]*:[^/@]+@|[?&]password=/.test(value))

/** `${NAME}`: the environment has it. */
const isFromElsewhere = (value: string): boolean => /(?<!\$)\$\{/.test(value)

function parseOrNothing(text: string): unknown {
  try {
    return parse(text, { schema: 'core', uniqueKeys: false, logLevel: 'silent' })
  } catch {
    return undefined
  }
}

type Visit = (schema: SchemaNode, path: Path, value: string) => void

function walk(value: unknown, { schema, path }: { schema: SchemaNode; path: Path }, visit: Visit): void {
  if (typeof value === 'string' && schema.writeOnly) visit(schema, path, value)
  if (Array.isArray(value) && schema.items) {
    for (const [index, item] of value.entries()) walk(item, { schema: schema.items, path: [...path, index] }, visit)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const below = schema.properties?.[name]
      if (below) walk(item, { schema: below, path: [...path, name] }, visit)
    }
  }
}
