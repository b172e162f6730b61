import { type App, linesOf, quoted } from './app.ts'

/** mozilla-django-oidc: settings.py. It asks userinfo. */
export const django: App = {
  name: 'django',
  title: 'Django (mozilla-django-oidc)',
  documentation: 'https://mozilla-django-oidc.readthedocs.io/en/stable/settings.html',
  callback: { kind: 'path', pattern: /\/oidc\/callback\/$/, example: '/oidc/callback/' },
  methods: ['client_secret_post', 'client_secret_basic'],
  claimsAt: 'userinfo',
  takesAnyAlgorithm: true,
  returnsFromSignOut: false,
  settings: (facts) =>
    linesOf(
      '# settings.py; mozilla_django_oidc is in INSTALLED_APPS, and urls.py has',
      '#   path("oidc/", include("mozilla_django_oidc.urls"))',
      'import os',
      '',
      'AUTHENTICATION_BACKENDS = ["mozilla_django_oidc.auth.OIDCAuthenticationBackend"]',
      `OIDC_RP_CLIENT_ID = ${quoted(facts.clientId)}`,
      `OIDC_RP_CLIENT_SECRET = os.environ[${quoted(facts.secretVariable)}]`,
      `OIDC_RP_SCOPES = ${quoted(facts.scopes.join(' '))}`,
      `OIDC_RP_SIGN_ALGO = ${quoted(facts.idTokenAlgorithm)}`,
      `OIDC_OP_AUTHORIZATION_ENDPOINT = ${quoted(facts.endpoints.authorization)}`,
      `OIDC_OP_TOKEN_ENDPOINT = ${quoted(facts.endpoints.token)}`,
      `OIDC_OP_USER_ENDPOINT = ${quoted(facts.endpoints.userinfo)}`,
      `OIDC_OP_JWKS_ENDPOINT = ${quoted(facts.endpoints.jwks)}`,
      'OIDC_USE_PKCE = True',
      'OIDC_PKCE_CODE_CHALLENGE_METHOD = "S256"',
      `OIDC_TOKEN_USE_BASIC_AUTH = ${facts.method === 'client_secret_basic' ? 'True' : 'False'}`,
      'LOGIN_REDIRECT_URL = "/"',
    ),
  advice: ({ endpoints }) => [
    'PKCE is there since mozilla-django-oidc 4.0.',
    'It finds people by their e-mail address unless its backend says otherwise: sub is what never changes.',
    `OIDC_OP_LOGOUT_URL_METHOD may name a function that gives ${endpoints.endSession}, to sign out here as well.`,
  ],
}
