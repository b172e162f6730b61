/** Tells a client that a session has ended: OpenID Connect Back-Channel Logout §2.4 to §2.8. */
import type { Kind, Send } from '../deliveries/deliverer.ts'
import type { Deps } from '../deps.ts'
import { EgressError } from '../egress/egress.ts'
import { jwtForClient } from '../keys/for-client.ts'
import type { Client } from '../protocol/client.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { sessionIdOf } from '../protocol/subject.ts'
import { LOGOUT_TOKEN_TYPE, logoutTokenClaims, readLogoutResponse } from '../protocol/tokens/logout-token.ts'
import type { Delivery } from '../storage/storage.ts'

type LogoutDeps = Pick<
  Deps,
  'issuer' | 'clients' | 'keyRing' | 'clientKeys' | 'pairwiseKey' | 'egress' | 'clock' | 'random'
>

export function logoutDelivery(deps: LogoutDeps): Kind {
  return { send: sendLogout(deps), hostOf: (clientId) => hostOf(deps, clientId) }
}

/** A client at an address of its own is not looked up for this: its document might have to be fetched. */
async function hostOf({ clients }: LogoutDeps, clientId: string): Promise<string> {
  const itself = URL.parse(clientId)?.hostname
  if (itself) return itself
  const client = await clients.find(clientId)
  const uri = URL.parse(client?.metadata.backchannel_logout_uri ?? '')
  // The operator's apps may share a host, each at its port; a stranger could give as many ports as there are.
  return (client?.source === 'configuration' ? uri?.host : uri?.hostname) ?? clientId
}

function sendLogout(deps: LogoutDeps): Send {
  return async (delivery) => {
    // As the client is now: it may have moved since.
    const client = delivery.clientId === undefined ? undefined : await deps.clients.find(delivery.clientId)
    const uri = client?.metadata.backchannel_logout_uri
    if (client === undefined || uri === undefined)
      return { kind: 'refused', reason: 'no backchannel_logout_uri any more' }
    const answer = await logoutToken(deps, client, delivery)
      .then((token) => deps.egress.post(uri, logoutRequest(token)))
      .catch(faultOf)
    if ('fault' in answer) return { kind: 'failed', reason: answer.fault }
    const reason = `status ${answer.status}`
    switch (readLogoutResponse(answer.status)) {
      case 'logged_out':
        return { kind: 'delivered' }
      case 'refused':
        return { kind: 'refused', reason }
      case 'try_again':
        return { kind: 'failed', reason }
    }
  }
}

/** Made for this attempt: what waited for an hour is no token of an hour ago. Signed and encrypted as the client's ID tokens are (§2.4). */
function logoutToken(deps: LogoutDeps, client: Client, { payload }: Delivery): Promise<string> {
  const { issuer, clock, random } = deps
  const claims = logoutTokenClaims({
    ...{
      issuer,
      client,
      subject: String(payload['sub']),
      sessionId: sessionIdOf(client, String(payload['sid']), deps.pairwiseKey),
    },
    ...{ jti: random.bytes(16).toString('base64url'), now: clock.now() },
  })
  return jwtForClient(deps, client, { response: 'id_token', typ: LOGOUT_TOKEN_TYPE, claims })
}

/** §2.5: one parameter, form-encoded. */
const logoutRequest = (token: string) => ({
  contentType: 'application/x-www-form-urlencoded',
  body: new URLSearchParams({ logout_token: token }).toString(),
})

/** What the operator can do something about; everything else is a fault of ours, for the log. */
function faultOf(error: unknown): { readonly fault: string } {
  if (error instanceof EgressError) return { fault: error.summary }
  // No key of the client to encrypt for: never in the clear.
  if (error instanceof OAuthError) return { fault: error.description }
  throw error
}
