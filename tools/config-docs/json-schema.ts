/** config.schema.json: the schema of the configuration file as editors want it. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.

import type { SchemaNode } from '../../src/config/schema/kinds.ts'
import { isRequired } from '../../src/config/schema.ts'

const REFERENCE = { $ref: '#/$defs/environment' }
const ENVIRONMENT = {
  title: 'Environment variable',
  description: 'A value with environment variables in it, as in `${NAME}`.',
  type: 'string',
  pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}',
}

/** The JSON Schema text of `schema`, ready to be written. */
export function configJsonSchema(schema: SchemaNode): string {
  const { title, ...rest } = editorSchema(schema)
  const $schema = 'http://json-schema.org/draft-07/schema#'
  return `${JSON.stringify({ $schema, title, ...rest, $defs: { environment: ENVIRONMENT } }, undefined, 2)}\n`
}

/** Without our own annotations, with keys required only where nothing stands in for them, and variables allowed everywhere. */
function editorSchema(schema: SchemaNode): Record<string, unknown> {
  const kept = Object.fromEntries(Object.entries(schema).filter(([key]) => !key.startsWith('x-')))
  if (schema.properties) {
    const required = Object.keys(schema.properties).filter((key) => isRequired(schema, key))
    const properties = Object.entries(schema.properties).map(([key, property]) => [key, editorSchema(property)])
    return { ...kept, required, properties: Object.fromEntries(properties) }
  }
  if (schema.items) return { ...kept, items: editorSchema(schema.items) }
  return isFreeText(schema) ? kept : orVariable(kept)
}

const isFreeText = ({ type, pattern, enum: choices }: SchemaNode): boolean =>
  type === 'string' && pattern === undefined && choices === undefined

/** What describes the key stays in front, where editors look for it. */
function orVariable({ description, default: byDefault, examples, writeOnly, ...constraints }: Record<string, unknown>) {
  return { description, default: byDefault, examples, writeOnly, anyOf: [constraints, REFERENCE] }
}
