/** What a relying party is, as far as its settings go: one file each, and `index.ts` is the list. */
import type { ClientAuthenticationMethod } from '../../../protocol/vocabulary.ts'

export interface App {
  /** As `--for` names it. */
  readonly name: string
  /** As people know it. */
  readonly title: string
  /** Where its own documentation names these settings. */
  readonly documentation: string
  readonly callback: Callback
  /** How it can prove who it is, what it does by itself first. */
  readonly methods: readonly ClientAuthenticationMethod[]
  /** Where it looks for name, e-mail and groups, with these settings. */
  readonly claimsAt: 'userinfo' | 'id_token'
  /** Whether these settings make it take ID tokens of whatever algorithm; otherwise it takes RS256 alone. */
  readonly takesAnyAlgorithm: boolean
  /** Whether these settings let it come back from signing out here. */
  readonly returnsFromSignOut: boolean
  /** The text to paste. It names a variable where the secret goes, never the secret. */
  settings(facts: Facts): string
  /** What is to be done beside that. */
  advice?(facts: Facts): readonly string[]
}

/** Where its sign-ins return to. */
export type Callback =
  /** Wherever the app wants them. */
  | { readonly kind: 'any'; readonly example: string }
  /** At a path of its own, below wherever it is served. */
  | { readonly kind: 'path'; readonly pattern: RegExp; readonly example: string }
  /** At addresses of its own. */
  | { readonly kind: 'exact'; readonly uris: readonly string[] }

/** What the settings are made of. */
export interface Facts {
  readonly issuer: string
  /** The discovery document. */
  readonly discovery: string
  readonly endpoints: Readonly<Record<'authorization' | 'token' | 'userinfo' | 'jwks' | 'endSession', string>>
  /** Whose login it is. */
  readonly providerName: string
  readonly clientId: string
  readonly method: ClientAuthenticationMethod
  readonly isPublic: boolean
  /** Everything that the client may ask for. */
  readonly scopes: readonly string[]
  /** The one of the entry that fits the app; otherwise one that would. */
  readonly redirectUri: string
  /** Where the app is, without the path of the callback and without a slash. */
  readonly base: string
  /** What is left of the redirect URI: `/callback`. */
  readonly callbackPath: string
  readonly postLogoutUri: string | undefined
  readonly idTokenAlgorithm: string
  /** The name of an environment variable for the secret. */
  readonly secretVariable: string
}

/** In double quotes, as JSON, YAML, TOML, JavaScript, Python and Go read them. */
export const quoted = (text: string): string => JSON.stringify(text)

/** In single quotes, as a POSIX shell reads them. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

export const hasScope = ({ scopes }: Facts, scope: string): boolean => scopes.includes(scope)

export const refreshes = (facts: Facts): boolean => hasScope(facts, 'offline_access')

/** Each line that is one; `false` and `undefined` are none. */
export const linesOf = (...lines: readonly (string | false | undefined)[]): string =>
  lines
    .filter((line) => typeof line === 'string')
    .map((line) => `${line}\n`)
    .join('')
