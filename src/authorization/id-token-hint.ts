/** Whom an id_token_hint is about: OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2. */
import type { Deps } from '../deps.ts'
import { ID_TOKEN_TYPE, type IdTokenHint, readIdTokenHint } from '../protocol/tokens/id-token.ts'

/** An expired ID token is a good hint, also one whose key has been withdrawn since; undefined for one that is not ours. */
export async function findIdTokenHint(
  { keyRing, issuer }: Pick<Deps, 'keyRing' | 'issuer'>,
  idToken: string | undefined,
): Promise<IdTokenHint | undefined> {
  if (idToken === undefined) return undefined
  return readIdTokenHint(await keyRing.verify(idToken, { typ: ID_TOKEN_TYPE, allowWithdrawn: true }), issuer)
}
