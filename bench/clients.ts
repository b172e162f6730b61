/** The clients that every server is given, with the same secrets and algorithms. */
import { randomBytes } from 'node:crypto'

export interface Client {
  readonly id: string
  readonly secret: string
  /** What is signed for it: the ID token of an app, the access token of a service. */
  readonly algorithm: 'RS256' | 'ES256'
  readonly kind: 'app' | 'service'
}

export type Clients = Readonly<Record<'appRs256' | 'appEs256' | 'serviceRs256' | 'serviceEs256', Client>>

export const REDIRECT_URI = 'https://app.example.com/callback'
export const APP_SCOPE = 'openid profile email'
export const SERVICE_SCOPE = 'orders:read'
/** The API that a service's tokens are for. */
export const AUDIENCE = 'https://api.example.com'

export function makeClients(): Clients {
  const client = (kind: Client['kind'], algorithm: Client['algorithm']): Client => ({
    id: `${kind}-${algorithm.toLowerCase()}`,
    secret: randomBytes(32).toString('base64url'),
    algorithm,
    kind,
  })
  return {
    appRs256: client('app', 'RS256'),
    appEs256: client('app', 'ES256'),
    serviceRs256: client('service', 'RS256'),
    serviceEs256: client('service', 'ES256'),
  }
}
