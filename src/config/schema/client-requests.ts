/** What a client's authorization requests may or must be like: OpenID Connect Registration §2, RFC 9101, RFC 9126. */
import {
  CLIENT_SIGNING_ALGORITHMS,
  CONTENT_ENCRYPTION_ALGORITHMS,
  KEY_MANAGEMENT_ALGORITHMS,
  SECRET_ALGORITHMS,
} from '../../protocol/vocabulary.ts'
import { flag, text, webUri } from './kinds.ts'
import Type from './type.ts'

export const clientRequests = {
  request_uris: Type.Array(text('A URI.', { examples: ['https://wiki.example.com/request.jwt'], maxLength: 2048 }), {
    description:
      'Where its request objects may be fetched from (`request_uri`); a fragment is left out of the comparison.',
    default: [],
    uniqueItems: true,
    examples: [['https://wiki.example.com/request.jwt']],
  }),
  request_object_signing_alg: Type.Optional(
    Type.Enum([...CLIENT_SIGNING_ALGORITHMS, ...SECRET_ALGORITHMS], {
      description: 'What its request objects are signed with.',
      examples: ['ES256'],
      'x-default': 'any that its keys fit',
    }),
  ),
  request_object_encryption_alg: Type.Optional(
    Type.Enum(KEY_MANAGEMENT_ALGORITHMS, {
      description:
        'What it says it encrypts its request objects to us with: one of `keys.encryption_algorithms`. Others of these, and those that are only signed, are taken, too (OpenID Connect Registration §2).',
      examples: ['RSA-OAEP-256'],
      'x-default': 'any that we decrypt',
    }),
  ),
  request_object_encryption_enc: Type.Optional(
    Type.Enum(CONTENT_ENCRYPTION_ALGORITHMS, {
      description: 'How it may encrypt their content.',
      examples: ['A256GCM'],
      'x-default': 'any that we decrypt',
    }),
  ),
  require_signed_request_object: flag('Whether its requests must be signed request objects (RFC 9101 §10.5).', false),
  require_pushed_authorization_requests: flag('Whether its requests must be pushed first (RFC 9126 §6).', false),
  default_max_age: Type.Optional(
    Type.Integer({
      description: 'Seconds: a sign-on older than this is not good enough for it, unless its request says otherwise.',
      minimum: 0,
      maximum: 31_536_000,
      examples: [3600],
      'x-default': 'no limit',
    }),
  ),
  require_auth_time: flag(
    'Whether its ID tokens always carry auth_time. They do for every client, so this changes nothing.',
    false,
  ),
  default_acr_values: Type.Array(text('A value of acr.', { examples: ['aal1'], maxLength: 200 }), {
    description: 'Which strengths of sign-in it wants, best first, unless its request says so itself.',
    default: [],
    uniqueItems: true,
    examples: [['aal1']],
  }),
  initiate_login_uri: webUri(
    'An https page of the app that begins a sign-in (OpenID Connect Core §4). The list of apps leads there, with `iss`, instead of to `client_uri`.',
    'https://wiki.example.com/login',
  ),
}
