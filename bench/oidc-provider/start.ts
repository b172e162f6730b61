/** Prepares oidc-provider, in its own memory or over SQLite, with the clients that Countersign has. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exportJWK, generateKeyPair } from 'jose'
import { AUDIENCE, type Client, REDIRECT_URI, SERVICE_SCOPE } from '../clients.ts'
import type { ServerSetup, Start } from '../countersign.ts'
import { freePort, startServer } from '../server-process.ts'
import { DISCOVERY } from '../target.ts'

const SERVER = fileURLToPath(new URL('./server.js', import.meta.url))

export async function prepareOidcProvider(
  { folder, clients }: ServerSetup,
  storage: 'memory' | 'sqlite',
): Promise<Start> {
  mkdirSync(folder)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const all = Object.values(clients)
  const setup = {
    issuer,
    port,
    database: storage === 'sqlite' ? join(folder, 'oidc-provider.db') : undefined,
    jwks: { keys: [await makeKey('RS256'), await makeKey('ES256')] },
    cookieKey: randomBytes(32).toString('base64url'),
    clients: all.map(clientEntry),
    service: {
      audience: AUDIENCE,
      scope: SERVICE_SCOPE,
      algorithms: Object.fromEntries(all.map(({ id, algorithm }) => [id, algorithm])),
    },
  }
  const setupPath = join(folder, 'setup.json')
  writeFileSync(setupPath, JSON.stringify(setup), { mode: 0o600 })
  const logPath = join(folder, 'oidc-provider.log')
  return async () => ({
    ...(await startServer([SERVER, setupPath], { url: `${issuer}${DISCOVERY}`, logPath })),
    issuer,
  })
}

async function makeKey(alg: Client['algorithm']): Promise<unknown> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 })
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `bench-${alg}` }
}

function clientEntry({ id, secret, kind, algorithm }: Client): unknown {
  const common = { client_id: id, client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' }
  if (kind === 'service') {
    return { ...common, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }
  }
  return {
    ...common,
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    id_token_signed_response_alg: algorithm,
  }
}
