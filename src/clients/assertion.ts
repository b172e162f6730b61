/** Whether an assertion proves the client that it names: RFC 7523 §3. */
import type { Clock } from '../base/clock.ts'
import type { Client } from '../protocol/client.ts'
import { judgeAssertion } from '../protocol/client-authentication/client-assertion.ts'
import { authenticationFailed } from '../protocol/client-authentication/decide.ts'
import type { PresentedAssertion } from '../protocol/client-authentication/presented.ts'
import type { Storage } from '../storage/storage.ts'
import type { ClientKeys } from './client-keys.ts'
import { signatureFault } from './client-signature.ts'

export interface AssertionDeps {
  readonly clientKeys: ClientKeys
  readonly storage: Pick<Storage, 'usedTokens'>
  readonly clock: Clock
}

/**
 * The client, or `invalid_client`. What costs nothing is judged first, and the assertion is used up only when everything
 * else is right: nobody else can use it up for the client.
 * @param audiences the names under which we may be addressed
 */
export async function authenticateByAssertion(
  deps: AssertionDeps,
  client: Client | undefined,
  { presented, audiences }: { readonly presented: PresentedAssertion; readonly audiences: readonly string[] },
): Promise<Client> {
  const judged = judgeAssertion(client, presented, { audiences, now: deps.clock.now() })
  if ('check' in judged) throw authenticationFailed(judged)
  if (client === undefined) throw authenticationFailed({ check: 'client_id' })
  // The algorithm is one of the method's own by now.
  const fault = await signatureFault(deps, client, presented.assertion)
  if (fault !== undefined) throw authenticationFailed({ check: 'assertion_signature', ...fault })
  // RFC 7523 §3, item 7
  if (!(await deps.storage.usedTokens.use(judged.useId, judged.expiresAt))) {
    throw authenticationFailed({ check: 'assertion_used', came: 'a jti that this client has used before' })
  }
  return client
}
