/** The list of grant types: dispatch and discovery read it. */
import { authorizationCodeGrant } from './authorization-code.ts'
import { clientCredentialsGrant } from './client-credentials.ts'
import type { GrantTypeRule } from './grant-type.ts'
import { refreshTokenGrant } from './refresh-token.ts'

export const grantTypes: readonly GrantTypeRule[] = [authorizationCodeGrant, refreshTokenGrant, clientCredentialsGrant]
