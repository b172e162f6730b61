/** What a request presents to prove which client sends it, by whatever method: RFC 6749 §2.3. */
import type { ClientJwt } from '../tokens/client-jwt.ts'
import type { AssertionMethod, ClientAuthenticationMethod } from '../vocabulary.ts'

export type PresentedClient = PresentedSecret | PresentedAssertion

export interface PresentedSecret {
  readonly method: Exclude<ClientAuthenticationMethod, AssertionMethod>
  readonly clientId: string
  readonly secret: string | undefined
}

export interface PresentedAssertion {
  readonly method: AssertionMethod
  /** Its `sub`. */
  readonly clientId: string
  readonly assertion: ClientJwt
}
