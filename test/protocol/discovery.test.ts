import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { discoveryDocument, type Installation, PATHS, urlOf } from '../../src/protocol/discovery.ts'

const ISSUER = 'https://login.example'
const ENCRYPTION_ALGS = ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW']
const ENCRYPTION_ENCS = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM']
const INSTALLATION: Installation = {
  signingAlgorithms: ['RS256', 'ES256'],
  encryptionAlgorithms: [],
  languages: ['en', 'de'],
  policyUri: undefined,
  tosUri: undefined,
  sessionManagement: false,
  hasRegistration: false,
  hasMetadataDocuments: false,
  implicitFlow: false,
  hasPasskeys: true,
}

const confidential = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt']

describe('the metadata document', () => {
  test('[OpenID Connect Discovery 3] [RFC8414 2] advertises exactly this', () => {
    assert.deepEqual(discoveryDocument(ISSUER, INSTALLATION), {
      issuer: ISSUER,
      authorization_endpoint: 'https://login.example/authorize',
      pushed_authorization_request_endpoint: 'https://login.example/par',
      token_endpoint: 'https://login.example/token',
      userinfo_endpoint: 'https://login.example/userinfo',
      jwks_uri: 'https://login.example/jwks',
      introspection_endpoint: 'https://login.example/introspect',
      revocation_endpoint: 'https://login.example/revoke',
      end_session_endpoint: 'https://login.example/end-session',
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      scopes_supported: ['openid', 'profile', 'email', 'address', 'phone', 'groups', 'offline_access'],
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256'],
      id_token_encryption_alg_values_supported: ENCRYPTION_ALGS,
      id_token_encryption_enc_values_supported: ENCRYPTION_ENCS,
      userinfo_signing_alg_values_supported: ['RS256', 'ES256'],
      userinfo_encryption_alg_values_supported: ENCRYPTION_ALGS,
      userinfo_encryption_enc_values_supported: ENCRYPTION_ENCS,
      introspection_signing_alg_values_supported: ['RS256', 'ES256'],
      introspection_encryption_alg_values_supported: ENCRYPTION_ALGS,
      introspection_encryption_enc_values_supported: ENCRYPTION_ENCS,
      token_endpoint_auth_methods_supported: [...confidential, 'none'],
      token_endpoint_auth_signing_alg_values_supported: ['RS256', 'ES256', 'PS256', 'EdDSA', 'HS256'],
      introspection_endpoint_auth_methods_supported: confidential,
      introspection_endpoint_auth_signing_alg_values_supported: ['RS256', 'ES256', 'PS256', 'EdDSA', 'HS256'],
      revocation_endpoint_auth_methods_supported: [...confidential, 'none'],
      revocation_endpoint_auth_signing_alg_values_supported: ['RS256', 'ES256', 'PS256', 'EdDSA', 'HS256'],
      code_challenge_methods_supported: ['S256'],
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
      display_values_supported: ['page', 'popup', 'touch', 'wap'],
      ui_locales_supported: ['en', 'de'],
      acr_values_supported: ['aal1', 'aal2', 'phr'],
      claim_types_supported: ['normal'],
      claims_supported: (
        'sub iss aud exp iat auth_time acr amr sid nonce name given_name family_name middle_name nickname ' +
        'preferred_username profile picture website gender birthdate zoneinfo locale updated_at email email_verified ' +
        'address phone_number phone_number_verified groups'
      ).split(' '),
      authorization_response_iss_parameter_supported: true,
      claims_parameter_supported: true,
      require_pushed_authorization_requests: false,
      request_parameter_supported: true,
      request_uri_parameter_supported: true,
      require_request_uri_registration: true,
      request_object_signing_alg_values_supported: ['RS256', 'ES256', 'PS256', 'EdDSA', 'HS256'],
    })
  })

  test('[OpenID Connect Session Management 3.3] the page to frame only where it is switched on', () => {
    const document = discoveryDocument(ISSUER, { ...INSTALLATION, sessionManagement: true })
    assert.equal(document['check_session_iframe'], 'https://login.example/check-session')
  })

  test('[OpenID Connect Discovery 3] names how to encrypt to us where there are keys for that', () => {
    const document = discoveryDocument(ISSUER, { ...INSTALLATION, encryptionAlgorithms: ['ECDH-ES'] })
    assert.deepEqual(document['request_object_encryption_alg_values_supported'], ['ECDH-ES'])
    assert.deepEqual(document['request_object_encryption_enc_values_supported'], ENCRYPTION_ENCS)
  })

  for (const [issuer, path] of [
    ['https://login.example/', 'https://login.example/token'],
    ['https://example.org/sso', 'https://example.org/sso/token'],
    ['https://example.org/sso/', 'https://example.org/sso/token'],
    ['http://localhost:3000', 'http://localhost:3000/token'],
  ] as const) {
    test(`[OpenID Connect Discovery 4.1] below ${issuer}`, () => {
      assert.equal(urlOf(issuer, PATHS.token), path)
      assert.equal(discoveryDocument(issuer, INSTALLATION)['token_endpoint'], path)
      assert.equal(discoveryDocument(issuer, INSTALLATION)['issuer'], issuer)
    })
  }

  test('[RFC8414 3] the well-known paths', () => {
    assert.equal(PATHS.openidConfiguration, '/.well-known/openid-configuration')
    assert.equal(PATHS.authorizationServerMetadata, '/.well-known/oauth-authorization-server')
  })
})
