/** Reads the members of a JSON object that nobody has checked, each as the type that it must have. */

export type JsonObject = Readonly<Record<string, unknown>>

/** RFC 8259; undefined for what is no JSON, or no object. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every question gives undefined for a member that is not there, and refuses one of another type. */
export interface Members {
  text(name: string): string | undefined
  flag(name: string): boolean | undefined
  /** Not negative. */
  wholeNumber(name: string): number | undefined
  /** Each once, in their order. */
  texts(name: string): readonly string[] | undefined
  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined
  object(name: string): JsonObject | undefined
}

/**
 * RFC 7592 §2.2: null says the same as leaving it out.
 * @param refuse throws for the member whose value is wrong; what it hears completes "it must be …"
 */
export function membersOf(json: JsonObject, refuse: (name: string, wanted: string) => never): Members {
  // A name such as toString is not a member just because every object has it.
  const value = (name: string): unknown => (Object.hasOwn(json, name) ? (json[name] ?? undefined) : undefined)
  function text(name: string): string | undefined {
    const found = value(name)
    if (found === undefined) return undefined
    return typeof found === 'string' && found !== '' ? found : refuse(name, 'a string that is not empty')
  }
  return {
    text,
    flag(name) {
      const found = value(name)
      return found === undefined || typeof found === 'boolean' ? found : refuse(name, 'true or false')
    },
    wholeNumber(name) {
      const found = value(name)
      if (found === undefined) return undefined
      const isWhole = typeof found === 'number' && Number.isSafeInteger(found) && found >= 0
      return isWhole ? found : refuse(name, 'a whole number')
    },
    texts(name) {
      const found = value(name)
      if (found === undefined) return undefined
      const areTexts = Array.isArray(found) && found.every((one) => typeof one === 'string' && one !== '')
      return areTexts ? [...new Set<string>(found)] : refuse(name, 'a list of strings that are not empty')
    },
    oneOf(name, words) {
      const found = text(name)
      const word = words.find((one) => one === found)
      return found === undefined || word !== undefined ? word : refuse(name, `one of ${words.join(', ')}`)
    },
    object(name) {
      const found = value(name)
      return found === undefined || isJsonObject(found) ? found : refuse(name, 'an object')
    },
  }
}
