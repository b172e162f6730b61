/** A client of the file as it is served: every default filled in, in the words of the file, without a secret or its hash. */
import { formatDuration } from '../../base/duration.ts'
import type { Client } from '../../protocol/client.ts'
import { formatTable } from '../table.ts'

/** For `--json`. */
export function clientInForce(client: Client) {
  const { id, metadata, lifetimes, secretHashes } = client
  const { client_name, scope, default_max_age, ...rest } = metadata
  return {
    client_id: id,
    client_name,
    ...rest,
    scope: scope.join(' '),
    ...(default_max_age !== undefined && { default_max_age: default_max_age / 1000 }),
    // How many are good; neither they nor their hashes are shown.
    secrets: secretHashes.length,
    first_party: client.isFirstParty,
    require_pkce: client.requiresPkce,
    second_factor: client.requiresSecondFactor ? 'required' : 'optional',
    launcher: client.launcherOrder !== undefined,
    ...(client.launcherOrder !== undefined && { launcher_order: client.launcherOrder }),
    rotate_refresh_tokens: client.rotatesRefreshTokens,
    access_token_audience: client.accessTokenAudience,
    access_token_signed_response_alg: client.accessTokenAlgorithm,
    claims_in_id_token: client.hasClaimsInIdToken,
    introspection: client.introspects,
    lifetimes: {
      authorization_code: formatDuration(lifetimes.authorizationCode),
      access_token: formatDuration(lifetimes.accessToken),
      id_token: formatDuration(lifetimes.idToken),
      refresh_token: formatDuration(lifetimes.refreshToken),
      refresh_token_absolute: formatDuration(lifetimes.refreshTokenAbsolute),
    },
  }
}

/** One line for each key, the names in a column of their own. */
export const clientText = (client: Client): string =>
  formatTable(
    Object.entries(clientInForce(client)).flatMap(([key, value]) =>
      key === 'lifetimes' && typeof value === 'object'
        ? Object.entries(value).map(([name, text]) => [`lifetimes.${name}`, String(text)])
        : [[key, shown(value)]],
    ),
  )

function shown(value: unknown): string {
  if (!Array.isArray(value)) return typeof value === 'object' ? JSON.stringify(value) : String(value)
  return value.length === 0 ? 'none' : value.join(' ')
}
