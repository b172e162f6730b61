import { type App, hasScope, linesOf } from './app.ts'

/** Apache reads `${NAME}` from its environment. The module asks userinfo by itself. */
export const apache: App = {
  name: 'apache',
  title: 'Apache (mod_auth_openidc)',
  documentation: 'https://github.com/OpenIDC/mod_auth_openidc/blob/master/auth_openidc.conf',
  callback: { kind: 'any', example: '/callback' },
  methods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
  claimsAt: 'userinfo',
  takesAnyAlgorithm: true,
  returnsFromSignOut: true,
  settings: (facts) =>
    linesOf(
      `OIDCProviderMetadataURL ${inQuotes(facts.discovery)}`,
      `OIDCClientID ${inQuotes(facts.clientId)}`,
      !facts.isPublic && facts.method !== 'private_key_jwt' && `OIDCClientSecret "\${${facts.secretVariable}}"`,
      `OIDCProviderTokenEndpointAuth ${facts.method}`,
      '# A path that nothing else is at.',
      `OIDCRedirectURI ${inQuotes(facts.redirectUri)}`,
      `OIDCScope ${inQuotes(facts.scopes.join(' '))}`,
      'OIDCPKCEMethod S256',
      '# Of the module’s own cookies: as random as a password.',
      `OIDCCryptoPassphrase "\${OIDC_CRYPTO_PASSPHRASE}"`,
      `OIDCRemoteUserClaim ${hasScope(facts, 'profile') ? 'preferred_username' : 'sub'}`,
      facts.postLogoutUri !== undefined && `OIDCDefaultLoggedOutURL ${inQuotes(facts.postLogoutUri)}`,
      '',
      '<Location "/">',
      '  AuthType openid-connect',
      hasScope(facts, 'groups') && '  # or, of the groups of a person: Require claim groups:staff',
      '  Require valid-user',
      '</Location>',
    ),
  advice: ({ redirectUri, postLogoutUri }) => [
    `To sign out: ${redirectUri}?logout=${postLogoutUri === undefined ? 'ENCODED_URL_AFTER_SIGNING_OUT' : encodeURIComponent(postLogoutUri)}`,
  ],
}

const inQuotes = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
