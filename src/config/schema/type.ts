/**
 * TypeBox's words for the schema, without TypeBox at run time: its types say what a file gives, while its 370 modules
 * (a fifth of a second at every start, and 17 MiB) do nothing here but build these few plain objects.
 */
import type TypeBox from 'typebox'

/** Marks a property that may be left out, as TypeBox does: invisible to whoever walks the schema or prints it. */
const OPTIONAL = Symbol('optional')

type Schema = Record<string | symbol, unknown>
type Options = Record<string, unknown>

const plain = {
  String: (options?: Options) => ({ type: 'string', ...options }),
  Integer: (options?: Options) => ({ type: 'integer', ...options }),
  Boolean: (options?: Options) => ({ type: 'boolean', ...options }),
  Enum: (values: readonly unknown[], options?: Options) => ({ enum: values, ...options }),
  Array: (items: Schema, options?: Options) => ({ type: 'array', items, ...options }),
  Optional: (schema: Schema) => ({ ...schema, [OPTIONAL]: true }),
  Object(properties: Record<string, Schema>, options?: Options) {
    const required = Object.keys(properties).filter((key) => properties[key]?.[OPTIONAL] === undefined)
    return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
  },
}

/** What TypeBox's functions of these names give, word for word (test/config/schema-type.test.ts compares them). */
const Type = plain as unknown as Pick<typeof TypeBox, keyof typeof plain>

export default Type
