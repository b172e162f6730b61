/** Whom an id_token_hint is about: OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2. */
import type { Deps } from '../deps.ts'
import { isEncrypted } from '../keys/decryption.ts'
import { verifyWithSecret } from '../keys/secret-token.ts'
import { kidIn, shownKid } from '../keys/shown-kid.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { ID_TOKEN_TYPE, type IdTokenHint, readIdTokenHint } from '../protocol/tokens/id-token.ts'

/**
 * An expired ID token is a good hint, also one whose key has been withdrawn since; undefined for one that is not ours. One that is
 * encrypted, but not to us, is refused: the client has to decrypt it first, and may encrypt it to us (Core §3.1.2.1).
 */
export async function findIdTokenHint(
  { keyRing, issuer, clients }: Pick<Deps, 'keyRing' | 'issuer' | 'clients'>,
  idToken: string | undefined,
): Promise<IdTokenHint | OAuthError | undefined> {
  if (idToken === undefined) return undefined
  const signed = isEncrypted(idToken) ? await keyRing.decrypt(idToken) : idToken
  if (signed === undefined) {
    return new OAuthError(
      'invalid_request',
      'the id_token_hint is encrypted: send the signed ID token that is in it',
      'id_token_hint',
    )
  }
  const claims =
    (await keyRing.verify(signed, { typ: ID_TOKEN_TYPE, allowWithdrawn: true })) ??
    (await verifyWithSecret(signed, { typ: ID_TOKEN_TYPE, findClient: clients.find }))
  return readIdTokenHint(claims, issuer)
}

/** For whoever asks why it was refused: its key may have been revoked. */
export const hintedKey = (idToken: string): string | undefined =>
  kidIn(idToken) === undefined ? undefined : shownKid(idToken)
