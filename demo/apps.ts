/** The three relying parties of the demo: all that differs between them. Their code is the same. */

export interface App {
  /** Its client_id in countersign.yaml. */
  readonly id: string
  readonly name: string
  readonly tagline: string
  readonly origin: string
  readonly port: number
  readonly authentication: 'client_secret_basic' | 'client_secret_post' | 'none'
  readonly idTokenAlgorithm: 'RS256' | 'ES256'
  readonly scope: string
  /** Of its buttons; dark enough for white text. */
  readonly colour: string
}

/** Where Countersign listens unless it is told otherwise; countersign.yaml has the same. */
export const DEFAULT_ISSUER_PORT = 9400

/** Three sites: the browser gives none of them a cookie of another. `offset` counts from the port of Countersign. */
const APPS = [
  {
    id: 'wiki',
    name: 'Wiki',
    tagline: 'Hosted by somebody else, so you are asked for consent once',
    host: 'wiki.localhost',
    offset: 1,
    authentication: 'client_secret_basic',
    idTokenAlgorithm: 'RS256',
    scope: 'openid profile email groups',
    colour: '#1d5c8f',
  },
  {
    id: 'shop',
    name: 'Shop',
    tagline: 'Mugs, mostly, and ID tokens signed with ES256',
    host: 'shop.localhost',
    offset: 2,
    authentication: 'client_secret_post',
    idTokenAlgorithm: 'ES256',
    scope: 'openid profile email',
    colour: '#8a3b12',
  },
  {
    id: 'notes',
    name: 'Notes',
    tagline: 'A public client: no secret, PKCE alone',
    host: '127.0.0.1',
    offset: 3,
    authentication: 'none',
    idTokenAlgorithm: 'RS256',
    scope: 'openid profile email',
    colour: '#3d6b1f',
  },
] as const

export const issuerAt = (issuerPort: number): string => `http://localhost:${issuerPort}`

/** The apps, on the three ports after Countersign's. */
export const appsBeside = (issuerPort: number): readonly App[] =>
  APPS.map(({ host, offset, ...app }) => ({
    ...app,
    origin: `http://${host}:${issuerPort + offset}`,
    port: issuerPort + offset,
  }))
