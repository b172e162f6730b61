/** What a change of an API's entry means, key by key. */
import { breaks, harmless, type Meaning } from './plan.ts'
import { always, type Rules, signedOtherwise, whenGone } from './rule.ts'

export const API_RULES: Rules = {
  scopes: whenGone((gone) => `Tokens for it do not say ${gone} any more.`),
  access_token_typ: always('It refuses its access tokens until it expects this typ.'),
  access_token_signed_response_alg: signedOtherwise('It refuses its access tokens until it expects this algorithm.'),
  introspection_client: ({ from }) =>
    from === null
      ? harmless()
      : breaks('The client that asked for it until now is told nothing of its tokens any more.'),
}

/** One that is declared: tokens that were for it already take its form. @param clients that have it as an audience */
export const apiComes = (clients: readonly string[]): Meaning =>
  clients.length === 0
    ? harmless()
    : breaks(`Tokens for it that ${clients.join(', ')} get now have the scopes and the form of its entry from then on.`)

export const apiGoes = (clients: readonly string[]): Meaning =>
  clients.length === 0
    ? harmless()
    : breaks(
        `Tokens for it that ${clients.join(', ')} get are made as for any audience: with other scopes, in the client’s form.`,
      )
