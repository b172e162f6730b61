/** What a request presents to prove which client sends it, by whatever method: RFC 6749 §2.3. */
import type { ClientAuthenticationMethod } from '../vocabulary.ts'

export interface PresentedClient {
  readonly method: ClientAuthenticationMethod
  readonly clientId: string
  readonly secret: string | undefined
}
