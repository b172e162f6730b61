/** One Countersign with an entry for each client, on a real port. */
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
} from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { httpBrowser } from '../fixtures/http-browser.ts'
import { navigate } from './navigate.ts'
import type { Claims, Registration } from './relying-party.ts'

export const ALICE = {
  username: 'alice',
  password: 'correct horse battery staple',
  name: 'Alice Adams',
  email: 'alice@example.org',
}

/** No `offline_access`: refresh tokens end with the session, so that signing out has something to end. */
const SCOPE = 'openid profile email'

export interface World {
  readonly installation: Installation
  readonly process: CountersignProcess
  /** With a browser of its own. */
  registration(name: string): Registration
  /** As an API asks: introspection by a client that may ask about every token. */
  introspect(token: string): Promise<Claims>
  close(): Promise<void>
}

/** Whoever has a name and an entry; the origin is made up here. */
export interface Registered {
  readonly name: string
  readonly entry: Claims
  /** Host of its origin. */
  readonly host?: string
}

/** `program` is the built product; otherwise the sources are run. Close it in `after`. */
export async function interopWorld(clients: readonly Registered[], program?: string): Promise<World> {
  const observer = { client_id: 'observer', client_secret: newClientSecret(), grant_types: [], introspection: 'any' }
  const secrets = new Map<string, { origin: string; clientSecret: string }>()
  for (const { name, host = '127.0.0.1' } of clients) {
    secrets.set(name, { origin: `http://${host}:${await freePort()}`, clientSecret: newClientSecret() })
  }
  const known = (name: string) => {
    const found = secrets.get(name)
    if (found === undefined) throw new Error(`${name} has no entry`)
    return found
  }
  const entries = clients.map(({ name, entry }) => entryOf(name, entry, known(name)))
  const installation = await countersignInstallation({
    clients: [...entries, observer],
    ...(program !== undefined && { program }),
  })
  try {
    await installation.addAccounts({ ...ALICE, email_verified: true, groups: ['staff'] })
    const process = await installation.start()
    const { issuer } = installation
    return {
      ...{ installation, process },
      registration: (name) => ({
        issuer,
        clientId: name,
        ...known(name),
        scope: SCOPE,
        browser: httpBrowser(navigate),
      }),
      introspect: (token) => introspect(issuer, observer, token),
      close: () => installation.remove(),
    }
  } catch (error) {
    await installation.remove()
    throw error
  }
}

function entryOf(name: string, entry: Claims, { origin, clientSecret }: { origin: string; clientSecret: string }) {
  const isPublic = entry['token_endpoint_auth_method'] === 'none'
  return {
    client_id: name,
    redirect_uris: [`${origin}/callback`],
    post_logout_redirect_uris: [`${origin}/bye`],
    grant_types: ['authorization_code', 'refresh_token'],
    scope: SCOPE,
    first_party: true,
    ...(!isPublic && { client_secret: clientSecret }),
    ...entry,
  }
}

async function introspect(
  issuer: string,
  { client_id, client_secret }: { client_id: string; client_secret: string },
  token: string,
): Promise<Claims> {
  const response = await fetch(`${issuer}/introspect`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ token }),
  })
  return (await response.json()) as Claims
}
