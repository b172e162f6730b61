/** The prompt and max_age parameters: OpenID Connect Core §3.1.2.1. */
import { type Duration, SECOND } from '../base/duration.ts'
import { shownName } from './checks.ts'
import { OAuthError } from './oauth-error.ts'
import { PROMPTS, type Prompt } from './vocabulary.ts'

/** Those that mean something here. */
export const promptsOf = ({ hasSignUp = false }: PromptRules): readonly Prompt[] =>
  PROMPTS.filter((prompt) => prompt !== 'create' || hasSignUp)

export interface PromptRules {
  /** People may make accounts for themselves (Initiating User Registration §4.1: what is not supported is refused). */
  readonly hasSignUp?: boolean
}

export function parsePrompt(text: string | undefined, rules: PromptRules = {}): ReadonlySet<Prompt> {
  const known = promptsOf(rules)
  const prompts = new Set<Prompt>()
  for (const value of (text ?? '').split(' ').filter((word) => word !== '')) {
    const prompt = known.find((one) => one === value)
    if (prompt === undefined) {
      const failed = { check: 'prompt', expected: known.join(' '), came: shownName(value) } as const
      throw new OAuthError('invalid_request', 'prompt has an unknown value', failed)
    }
    prompts.add(prompt)
  }
  if (prompts.has('none') && prompts.size > 1) {
    throw new OAuthError('invalid_request', 'prompt=none goes with no other value', 'prompt')
  }
  return prompts
}

/** max_age in milliseconds: a whole number of seconds, zero included. */
export function parseMaxAge(text: string | undefined): Duration | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text)) {
    throw new OAuthError('invalid_request', 'max_age is not a whole number of seconds', 'max_age')
  }
  return Number(text) * SECOND
}
