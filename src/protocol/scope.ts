/** Scope values: RFC 6749 §3.3 and OpenID Connect Core §3.1.2.1, §11. */
import { shownNames } from './checks.ts'
import type { Client } from './client.ts'
import { OAuthError } from './oauth-error.ts'

/** RFC 6749 §3.3: NQCHAR tokens, each once, in the order they came. Throws `invalid_scope`. */
export function parseScope(text: string): readonly string[] {
  const scopes = text.split(' ').filter((scope) => scope !== '')
  if (scopes.some((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) {
    throw new OAuthError('invalid_scope', 'scope has a character that is not allowed in it', 'scope')
  }
  return [...new Set(scopes)]
}

/**
 * What the client gets of what it asks for. Values that it may not have are ignored (OpenID Connect Core §3.1.2.1) and the
 * token response names the rest (RFC 6749 §5.1); with nothing left it is `invalid_scope`.
 */
export function allowedScopes(requested: readonly string[], client: Client): readonly string[] {
  const scopes = requested
    .filter((scope) => client.metadata.scope.includes(scope))
    // OpenID Connect Core §11: without a refresh token to give, offline_access means nothing.
    .filter((scope) => scope !== 'offline_access' || client.metadata.grant_types.includes('refresh_token'))
  if (scopes.length === 0) {
    throw new OAuthError('invalid_scope', 'none of the requested scopes is allowed for this client', {
      check: 'scope',
      expected: `one of ${client.metadata.scope.join(' ')}`,
      came: shownNames(requested),
    })
  }
  return scopes
}

/** RFC 6749 §6: a refresh may narrow the scope, never widen it. Throws `invalid_scope`. */
export function narrowedScopes(requested: string | undefined, granted: readonly string[]): readonly string[] {
  if (requested === undefined) return granted
  const scopes = parseScope(requested)
  const extra = scopes.filter((scope) => !granted.includes(scope))
  if (extra.length > 0) {
    throw new OAuthError('invalid_scope', 'scope asks for more than was granted', {
      check: 'refresh_scope',
      expected: `no more than ${granted.join(' ')}`,
      came: `also ${shownNames(extra)}`,
    })
  }
  if (scopes.length === 0) throw new OAuthError('invalid_scope', 'scope is empty', 'refresh_scope')
  return scopes
}

/** What is left of a grant: a scope that was taken from the client's entry since is not given again (OWASP ASVS 10.4.11). */
export const stillAllowed = (granted: readonly string[], client: Client): readonly string[] =>
  granted.filter((scope) => client.metadata.scope.includes(scope))
