// oidc-provider under measurement, set up for the same work as Countersign: `node server.js SETUP.json`.
// Plain JavaScript, because what strips types would count in its memory.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { sqliteAdapter } from './sqlite-adapter.js'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Undefined `database`: its own memory, where nothing lasts. */
const { issuer, port, database, jwks, cookieKey, clients, service } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

const provider = new Provider(issuer, {
  ...(database && { adapter: sqliteAdapter(database) }),
  jwks,
  clients,
  cookies: { keys: [cookieKey] },
  claims: { profile: ['name'], email: ['email', 'email_verified'] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@example.com`, email_verified: false }),
  }),
  pkce: { required: () => true },
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    // The only way to access tokens that are JWTs: for a service. Userinfo takes opaque ones only, so apps get those.
    resourceIndicators: {
      enabled: true,
      defaultResource: (_context, client) =>
        client.grantTypeAllowed('client_credentials') ? service.audience : undefined,
      getResourceServerInfo: (_context, _resource, client) => ({
        scope: service.scope,
        audience: service.audience,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: service.algorithms[client.clientId] } },
      }),
    },
  },
  issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  ttl: {
    AuthorizationCode: MINUTE,
    AccessToken: 5 * MINUTE,
    ClientCredentials: 5 * MINUTE,
    IdToken: 5 * MINUTE,
    Interaction: HOUR,
    RefreshToken: DAY,
    Session: 7 * DAY,
    Grant: 30 * DAY,
  },
})

const server = createServer(provider.callback())
server.listen(port, '127.0.0.1')
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
