/** `${NAME}` inside values: replaced by the environment variable of that name. */

export type Environment = Readonly<Record<string, string | undefined>>

export interface Substitution {
  readonly text: string
  /** Every variable that was used. */
  readonly variables: readonly string[]
  /** Variables that are not set. */
  readonly missing: readonly string[]
  /** A `${` that no name follows. */
  readonly isMalformed: boolean
}

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)\})?/g

/** Replaces each `${NAME}` in `text`; `$${` stands for `${` itself. What a variable holds is not looked at again. */
export function substitute(text: string, env: Environment): Substitution {
  const variables: string[] = []
  const missing: string[] = []
  let isMalformed = false
  const replaced = text.replace(REFERENCE, (reference, name: string | undefined) => {
    if (reference === '$${') return '${'
    if (name === undefined) {
      isMalformed = true
      return reference
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    variables.push(name)
    if (value === undefined) missing.push(name)
    return value ?? ''
  })
  return { text: replaced, variables, missing, isMalformed }
}
