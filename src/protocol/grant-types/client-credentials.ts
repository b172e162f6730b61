/** grant_type=client_credentials: RFC 6749 §4.4. The client acts for itself; nobody else's claims are in reach. */
import { shownNames } from '../checks.ts'
import { OAuthError } from '../oauth-error.ts'
import { grantableResources, resourceTarget } from '../resource.ts'
import { allowedScopes, parseScope } from '../scope.ts'
import { SCOPES } from '../vocabulary.ts'
import type { GrantTypeRule } from './grant-type.ts'

/** They speak of an end-user, and here is none. */
const END_USER_SCOPES: readonly string[] = SCOPES

export const clientCredentialsGrant: GrantTypeRule = {
  name: 'client_credentials',
  parse(parameters, client, { resources }) {
    // RFC 6749 §4.4.2: confidential clients only.
    if (client.isPublic)
      throw new OAuthError('unauthorized_client', 'a public client has no credentials', 'public_client')
    const own = client.metadata.scope.filter((scope) => !END_USER_SCOPES.includes(scope))
    const asked = parameters.get('scope')
    const scopes = asked === undefined ? own : requested(parseScope(asked), own, client)
    // The grant begins here: what is named now is what it is for.
    const granted = grantableResources(parameters, { client, scopes }, resources)
    const target = resourceTarget(granted, { client, scopes, granted }, resources)
    if (asked !== undefined && target?.target.scopes.length === 0) {
      // RFC 6749 §3.3: a scope is never empty, and nothing of what was asked for would be left.
      throw new OAuthError('invalid_scope', 'the resource understands none of the requested scopes', {
        check: 'scope',
        expected: 'one that the API has',
        came: shownNames(scopes),
      })
    }
    return {
      grantId: undefined,
      decide: () => ({
        kind: 'issue',
        change: undefined,
        issue: { scopes, ...target, subject: undefined, refreshGeneration: undefined, idToken: undefined },
      }),
    }
  },
}

function requested(
  scopes: readonly string[],
  own: readonly string[],
  client: Parameters<typeof allowedScopes>[1],
): readonly string[] {
  return allowedScopes(scopes, { ...client, metadata: { ...client.metadata, scope: own } })
}
