/** The certification plans of the official suite: their modules in order, and the files that hold our test of each. */

export interface Plan {
  /** In docs/conformance.md. */
  readonly heading: string
  readonly modules: readonly string[]
  readonly files: readonly string[]
}

const BASIC = [
  'basic/answers.ts',
  'basic/claims.ts',
  'basic/sign-in.ts',
  'basic/codes.ts',
  'basic/refresh.ts',
  'basic/request-objects.ts',
]

const DYNAMIC = [
  'dynamic/tokens.ts',
  'dynamic/redirect-uris.ts',
  'dynamic/registration.ts',
  'dynamic/client-keys.ts',
  'dynamic/request-objects.ts',
  'basic/refresh.ts',
  'basic/request-objects.ts',
]

export const PLANS: readonly Plan[] = [
  {
    heading: 'Basic OP',
    files: BASIC,
    modules: [
      'oidcc-server',
      'oidcc-response-type-missing',
      'oidcc-idtoken-signature',
      'oidcc-idtoken-unsigned',
      'oidcc-userinfo-get',
      'oidcc-userinfo-post-header',
      'oidcc-userinfo-post-body',
      'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
      'oidcc-scope-profile',
      'oidcc-scope-email',
      'oidcc-scope-address',
      'oidcc-scope-phone',
      'oidcc-scope-all',
      'oidcc-ensure-other-scope-order-succeeds',
      'oidcc-display-page',
      'oidcc-display-popup',
      'oidcc-prompt-login',
      'oidcc-prompt-none-not-logged-in',
      'oidcc-prompt-none-logged-in',
      'oidcc-max-age-1',
      'oidcc-max-age-10000',
      'oidcc-ensure-request-with-unknown-parameter-succeeds',
      'oidcc-id-token-hint',
      'oidcc-login-hint',
      'oidcc-ui-locales',
      'oidcc-claims-locales',
      'oidcc-ensure-request-with-acr-values-succeeds',
      'oidcc-codereuse',
      'oidcc-codereuse-30seconds',
      'oidcc-ensure-registered-redirect-uri',
      'oidcc-ensure-post-request-succeeds',
      'oidcc-server-client-secret-post',
      'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
      'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
      'oidcc-claims-essential',
      'oidcc-ensure-request-object-with-redirect-uri',
      'oidcc-refresh-token',
      'oidcc-ensure-request-with-valid-pkce-succeeds',
    ],
  },
  { heading: 'Config OP', files: ['config.test.ts'], modules: ['oidcc-discovery-endpoint-verification'] },
  {
    heading: 'RP-Initiated Logout OP',
    files: ['rp-initiated-logout.test.ts'],
    modules: [
      'oidcc-rp-initiated-logout-discovery-endpoint-verification',
      'oidcc-rp-initiated-logout',
      'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
      'oidcc-rp-initiated-logout-modified-id-token-hint',
      'oidcc-rp-initiated-logout-no-id-token-hint',
      'oidcc-rp-initiated-logout-no-params',
      'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
      'oidcc-rp-initiated-logout-no-state',
      'oidcc-rp-initiated-logout-only-state',
      'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
      'oidcc-rp-initiated-logout-bad-id-token-hint',
    ],
  },
  {
    heading: 'Back-Channel Logout OP',
    files: ['back-channel-logout.test.ts'],
    modules: ['oidcc-backchannel-logout-discovery-endpoint-verification', 'oidcc-backchannel-rp-initiated-logout'],
  },
  {
    heading: 'Front-Channel Logout OP',
    files: ['front-channel-logout.test.ts'],
    modules: ['oidcc-frontchannel-logout-discovery-endpoint-verification', 'oidcc-frontchannel-rp-initiated-logout'],
  },
  {
    heading: 'Session Management OP',
    files: ['session-management.test.ts'],
    modules: [
      'oidcc-session-management-discovery-endpoint-verification',
      'oidcc-session-management-rp-initiated-logout',
    ],
  },
  {
    heading: 'Third-Party-Initiated Login OP',
    files: ['third-party-initiated-login.test.ts'],
    modules: ['oidcc-3rd_party-init-login', 'oidcc-3rd_party-init-login-nohttps'],
  },
  {
    heading: 'Dynamic OP',
    files: DYNAMIC,
    modules: [
      'oidcc-idtoken-rs256',
      'oidcc-idtoken-unsigned',
      'oidcc-userinfo-rs256',
      'oidcc-ensure-redirect-uri-in-authorization-request',
      'oidcc-redirect-uri-query-OK',
      'oidcc-redirect-uri-query-mismatch',
      'oidcc-redirect-uri-query-added',
      'oidcc-redirect-uri-regfrag',
      'oidcc-discovery-endpoint-verification',
      'oidcc-server',
      'oidcc-registration-logo-uri',
      'oidcc-registration-policy-uri',
      'oidcc-registration-tos-uri',
      'oidcc-registration-jwks-uri',
      'oidcc-registration-sector-uri',
      'oidcc-registration-sector-bad',
      'oidcc-server-rotate-keys',
      'oidcc-refresh-token-rp-key-rotation',
      'oidcc-request-uri-unsigned',
      'oidcc-request-uri-signed-rs256',
      'oidcc-ensure-request-object-with-redirect-uri',
      'oidcc-refresh-token',
      'oidcc-ensure-client-assertion-with-iss-aud-succeeds',
    ],
  },
]
