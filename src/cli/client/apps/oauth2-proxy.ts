import { type App, hasScope, linesOf, quoted } from './app.ts'

/** Its configuration file (TOML): the flags with underscores. Claims that the ID token lacks it asks userinfo for. */
export const oauth2Proxy: App = {
  name: 'oauth2-proxy',
  title: 'OAuth2 Proxy',
  documentation: 'https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview',
  callback: { kind: 'path', pattern: /\/oauth2\/callback$/, example: '/oauth2/callback' },
  methods: ['client_secret_basic', 'client_secret_post'],
  claimsAt: 'userinfo',
  takesAnyAlgorithm: true,
  returnsFromSignOut: false,
  settings: (facts) =>
    linesOf(
      '# oauth2-proxy.cfg',
      'provider = "oidc"',
      `provider_display_name = ${quoted(facts.providerName)}`,
      `oidc_issuer_url = ${quoted(facts.issuer)}`,
      `client_id = ${quoted(facts.clientId)}`,
      '# The secret comes from the environment: OAUTH2_PROXY_CLIENT_SECRET, or from a file: client_secret_file.',
      '# So does OAUTH2_PROXY_COOKIE_SECRET: openssl rand -base64 32 | tr -- "+/" "-_"',
      `redirect_url = ${quoted(facts.redirectUri)}`,
      `scope = ${quoted(facts.scopes.join(' '))}`,
      'code_challenge_method = "S256"',
      hasScope(facts, 'groups') && 'oidc_groups_claim = "groups"',
      '# Everybody who can sign in; allowed_groups narrows it.',
      'email_domains = ["*"]',
    ),
  advice: (facts) => [
    hasScope(facts, 'email')
      ? 'It lets in only whose e-mail address is verified (email_verified).'
      : 'It needs an e-mail address for everybody: add email to the scope of the entry.',
  ],
}
