/** A client that is not in the configuration file, as the rules see it: what nobody has checked is never trusted more than that. */
import type { Client, ClientMetadata, ClientSource, TokenLifetimes } from '../protocol/client.ts'
import type { SigningAlgorithm } from '../protocol/vocabulary.ts'

export interface UnlistedClient {
  readonly id: string
  readonly source: Exclude<ClientSource, 'configuration'>
  readonly metadata: ClientMetadata
  readonly secretHash: string | undefined
  readonly sharedSecret: string | undefined
  readonly requiresPkce: boolean
  readonly accessTokenAlgorithm: SigningAlgorithm
  readonly lifetimes: TokenLifetimes
  /** Never without its asking: a token for everything would tell each API more than it needs. */
  readonly namedAudience: readonly string[]
}

export function unlistedClient({ secretHash, ...of }: UnlistedClient): Client {
  const isPublic = of.metadata.token_endpoint_auth_method === 'none'
  return {
    ...of,
    isPublic,
    secretHashes: secretHash === undefined ? [] : [secretHash],
    isFirstParty: false,
    // RFC 9700 §2.1.1
    requiresPkce: of.requiresPkce || isPublic,
    requiresSecondFactor: false,
    launcherOrder: undefined,
    // RFC 9700 §4.14.2
    rotatesRefreshTokens: isPublic,
    accessTokenAudience: [],
    introspects: 'own',
    hasClaimsInIdToken: false,
  }
}
