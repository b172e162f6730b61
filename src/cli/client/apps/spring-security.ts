import { type App, hasScope, linesOf, quoted } from './app.ts'

const REGISTRATION = /\/login\/oauth2\/code\/([A-Za-z0-9_-]+)$/

/** Spring Boot's application.yml. It asks userinfo for what the scopes profile, email, address and phone give. */
export const springSecurity: App = {
  name: 'spring-security',
  title: 'Spring Security (Spring Boot)',
  documentation: 'https://docs.spring.io/spring-security/reference/servlet/oauth2/login/core.html',
  callback: { kind: 'path', pattern: REGISTRATION, example: '/login/oauth2/code/countersign' },
  methods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
  claimsAt: 'userinfo',
  takesAnyAlgorithm: false,
  returnsFromSignOut: true,
  settings(facts) {
    const registration = REGISTRATION.exec(facts.redirectUri)?.[1] ?? 'countersign'
    return linesOf(
      '# application.yml',
      'spring:',
      '  security:',
      '    oauth2:',
      '      client:',
      '        registration:',
      `          ${registration}:`,
      `            provider: ${registration}`,
      `            client-name: ${quoted(facts.providerName)}`,
      `            client-id: ${quoted(facts.clientId)}`,
      !facts.isPublic && facts.method !== 'private_key_jwt' && `            client-secret: \${${facts.secretVariable}}`,
      `            client-authentication-method: ${facts.method}`,
      '            authorization-grant-type: authorization_code',
      `            redirect-uri: ${quoted(facts.redirectUri)}`,
      '            scope:',
      ...facts.scopes.map((scope) => `              - ${quoted(scope)}`),
      '        provider:',
      `          ${registration}:`,
      `            issuer-uri: ${quoted(facts.issuer)}`,
      `            user-name-attribute: ${hasScope(facts, 'profile') ? 'preferred_username' : 'sub'}`,
    )
  },
  advice: ({ isPublic, postLogoutUri }) => [
    ...(isPublic
      ? []
      : [
          'PKCE: Spring Security 7 sends it. Version 6 sends it for a client with a secret only where its ' +
            'DefaultOAuth2AuthorizationRequestResolver is given OAuth2AuthorizationRequestCustomizers.withPkce().',
        ]),
    'Signing out here as well takes an OidcClientInitiatedLogoutSuccessHandler, ' +
      (postLogoutUri === undefined
        ? 'and its URI in post_logout_redirect_uris.'
        : `with setPostLogoutRedirectUri(${quoted(postLogoutUri)}).`),
  ],
}
