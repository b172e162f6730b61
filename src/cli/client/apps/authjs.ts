import { type App, linesOf, quoted } from './app.ts'

const PROVIDER = /\/auth\/callback\/([A-Za-z0-9_-]+)$/

/** Auth.js 5 (next-auth and its sisters). With `idToken: false` it asks userinfo. */
export const authjs: App = {
  name: 'authjs',
  title: 'Auth.js',
  documentation: 'https://authjs.dev/guides/configuring-oauth-providers',
  callback: { kind: 'path', pattern: PROVIDER, example: '/api/auth/callback/countersign' },
  methods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt'],
  claimsAt: 'userinfo',
  takesAnyAlgorithm: false,
  returnsFromSignOut: false,
  settings: (facts) =>
    linesOf(
      '// auth.js: one of providers',
      'export const countersign = {',
      `  id: ${quoted(PROVIDER.exec(facts.redirectUri)?.[1] ?? 'countersign')},`,
      `  name: ${quoted(facts.providerName)},`,
      '  type: "oidc",',
      `  issuer: ${quoted(facts.issuer)},`,
      `  clientId: ${quoted(facts.clientId)},`,
      `  clientSecret: process.env.${facts.secretVariable},`,
      `  client: { token_endpoint_auth_method: ${quoted(facts.method)} },`,
      `  authorization: { params: { scope: ${quoted(facts.scopes.join(' '))} } },`,
      '  checks: ["pkce", "state", "nonce"],',
      '  idToken: false,',
      '  profile: (claims) => ({',
      '    id: claims.sub,',
      '    name: claims.name ?? claims.preferred_username,',
      '    email: claims.email,',
      '    image: claims.picture,',
      '  }),',
      '}',
    ),
  advice: ({ endpoints }) => [
    'The callback is below /api/auth with Next.js and below /auth with its sisters.',
    `signOut ends the app’s own session alone; ${endpoints.endSession} with the ID token as id_token_hint ends this one.`,
  ],
}
