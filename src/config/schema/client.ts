/** The keys of one entry of `clients`: RFC 7591 §2 and OpenID Connect Registration §2 names, then our own. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.

import {
  APPLICATION_TYPES,
  CLIENT_AUTHENTICATION_METHODS,
  GRANT_TYPES,
  RESPONSE_TYPES,
  SIGNING_ALGORITHMS,
} from '../../protocol/vocabulary.ts'
import { clientBrand } from './brand.ts'
import { clientKeys } from './client-keys.ts'
import { clientLogout } from './client-logout.ts'
import { clientRequests } from './client-requests.ts'
import { clientResponses } from './client-responses.ts'
import { flag, secret, secretFile, text, webUri } from './kinds.ts'
import { clientLifetimes } from './lifetimes.ts'
import Type from './type.ts'

/** What a client that signs people in may ask for when its entry does not say. */
export const DEFAULT_SCOPE = 'openid profile email'

const uris = (description: string, example: string) =>
  Type.Array(text('A URI.', { examples: [example], maxLength: 2048 }), {
    description,
    default: [],
    uniqueItems: true,
    examples: [[example]],
  })

const shown = {
  client_id: text('What the app calls itself in every request. Compared exactly; never change it.', {
    examples: ['wiki'],
    maxLength: 200,
    // RFC 6749 Appendix A.1: VSCHAR; a space at an end is never meant.
    pattern: '^[!-~]([ -~]*[!-~])?$',
    'x-allowed': 'printable ASCII (RFC 6749 Appendix A.1), at most 200 characters, no space at either end',
  }),
  client_name: Type.Optional(
    text('The app’s name as people know it.', { examples: ['Wiki'], maxLength: 100, 'x-default': 'the client_id' }),
  ),
  client_names: Type.Optional(
    Type.Object(
      {},
      {
        description: 'The same in other languages, by their BCP 47 tags: `{ de: Wiki, he: ויקי }`.',
        additionalProperties: Type.String({ minLength: 1, maxLength: 100 }),
      },
    ),
  ),
  client_uri: webUri(
    'The app’s home page: the way back for someone whose sign-in cannot go on.',
    'https://wiki.example.com',
  ),
  logo_uri: webUri(
    'The app’s logo, an image; shown where people sign in and consent.',
    'https://wiki.example.com/logo.png',
  ),
  policy_uri: webUri(
    'The app’s privacy policy, linked from the sign-in and the consent page.',
    'https://wiki.example.com/privacy',
  ),
  tos_uri: webUri(
    'The app’s terms of service, linked from the sign-in and the consent page.',
    'https://wiki.example.com/terms',
  ),
}

const protocol = {
  application_type: Type.Enum(APPLICATION_TYPES, {
    description:
      'native: installed on people’s devices; its loopback redirect URIs match with any port (RFC 8252 §7.3).',
    default: 'web',
    examples: ['native'],
  }),
  redirect_uris: uris('Where sign-ins may return to. Compared byte for byte.', 'https://wiki.example.com/callback'),
  post_logout_redirect_uris: uris(
    'Where sign-outs may return to. Compared byte for byte.',
    'https://wiki.example.com/',
  ),
  grant_types: Type.Array(Type.Enum(GRANT_TYPES), {
    description: 'The ways in which it may get tokens. An empty list is for an API that only introspects.',
    default: ['authorization_code'],
    uniqueItems: true,
    examples: [['authorization_code', 'refresh_token']],
  }),
  response_types: Type.Optional(
    Type.Array(Type.Enum(RESPONSE_TYPES), {
      description: 'The response types that it uses.',
      uniqueItems: true,
      examples: [['code']],
      'x-default': '`[code]` with the authorization_code grant, else `[]`',
    }),
  ),
  scope: Type.Optional(
    Type.String({
      description:
        'Every scope that it may ask for, separated by spaces: those of OpenID Connect, and any of your own APIs.',
      // RFC 6749 §3.3
      pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+( [\\x21\\x23-\\x5b\\x5d-\\x7e]+)*$',
      maxLength: 2000,
      examples: ['openid profile email groups offline_access'],
      'x-allowed': 'scopes separated by single spaces, each of printable ASCII without " and \\ (RFC 6749 §3.3)',
      'x-default': `\`${DEFAULT_SCOPE}\` with the authorization_code grant, else none`,
    }),
  ),
  token_endpoint_auth_method: Type.Enum(CLIENT_AUTHENTICATION_METHODS, {
    description:
      'How it proves who it is: with its secret, with a JWT that is signed with its secret (`client_secret_jwt`) or with a key of its own (`private_key_jwt`). `none` makes it a public client, which has no secret.',
    default: 'client_secret_basic',
    examples: ['none'],
  }),
}

const secretHash = (description: string, { example }: { example: string }) =>
  secret(description, {
    examples: [example],
    pattern: '^sha256:([0-9a-fA-F]{64}|[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]=?)$',
    'x-allowed':
      '`sha256:` and the SHA-256 of the secret as base64url or hex (`countersign secret` prints such a line)',
  })

const secrets = {
  client_secret: Type.Optional(
    secret(
      'Its secret, at least 32 characters; `countersign secret` makes one. Better from the environment or a file.',
      {
        examples: ['${WIKI_CLIENT_SECRET}'],
      },
    ),
  ),
  client_secret_file: Type.Optional(
    secretFile('A file that holds its secret, relative to this file; line breaks at its end are ignored.', {
      examples: ['/run/secrets/wiki'],
    }),
  ),
  client_secret_hash: Type.Optional(
    secretHash('The SHA-256 of its secret, so that this file holds no secret; `countersign secret` prints it.', {
      example: 'sha256:5FnxZ8JjRXqAkEvKRNuIOpEPiPTHdqXUJsJMzuWPrnE',
    }),
  ),
  client_secret_previous_hash: Type.Optional(
    secretHash(
      'The SHA-256 of the secret that it had before: good as well, until this line is gone, so that the app can change its secret without an outage. `countersign client secret` writes it.',
      { example: 'sha256:aL5uJQpzl3oV-cYqC8W7dQ2n4sT1kXgEbZ0mHrPwUyA' },
    ),
  ),
}

const own = {
  first_party: flag('Run by the same people as this Countersign: consent is not asked for.', false),
  require_pkce: flag('Whether it must use PKCE (RFC 7636). Only a confidential client may set this to false.', true),
  rotate_refresh_tokens: Type.Optional(
    Type.Boolean({
      description:
        'Whether each use of a refresh token gives a new one. A public client’s always rotate (RFC 9700 §4.14.2).',
      examples: [true],
      'x-default': 'true for a public client, false for a confidential one',
    }),
  ),
  access_token_audience: Type.Array(text('An audience.', { examples: ['https://api.example.com'], maxLength: 500 }), {
    description: 'The APIs that its access tokens are for: `aud`, beside the issuer (RFC 9068 §3).',
    default: [],
    uniqueItems: true,
    examples: [['https://api.example.com']],
  }),
  access_token_signed_response_alg: Type.Optional(
    Type.Enum(SIGNING_ALGORITHMS, {
      description: 'What its access tokens are signed with: one of `keys.signing_algorithms`.',
      examples: ['RS256'],
      'x-default': '`ES256` where `keys.signing_algorithms` has it, else `RS256`',
    }),
  ),
  second_factor: Type.Enum(['optional', 'required'], {
    description:
      'required: who signs on to it has proven a second factor, or does so then (`second_factor`, docs/second-factor.md).',
    default: 'optional',
    examples: ['required'],
  }),
  launcher: flag(
    'Whether it is among the apps on the home page of people who are signed in, where it has `initiate_login_uri` or `client_uri`.',
    true,
  ),
  launcher_order: Type.Integer({
    description:
      'Its place there, the lowest first. Among equal ones come those that the person used last, then the rest by name.',
    default: 100,
    minimum: 1,
    maximum: 1000,
    examples: [10],
  }),
  claims_in_id_token: flag(
    'Whether what its scopes ask for is in its ID tokens, too; by the standard it is at userinfo (OpenID Connect Core §5.4).',
    false,
  ),
  introspection: Type.Enum(['own', 'any'], {
    description: 'Which tokens it may introspect: its own and those meant for it, or every one.',
    default: 'own',
    examples: ['any'],
  }),
  brand: clientBrand,
  lifetimes: clientLifetimes,
}

export const client = Type.Object(
  { ...shown, ...protocol, ...secrets, ...clientKeys, ...clientResponses, ...clientRequests, ...clientLogout, ...own },
  { description: 'One app or API.', additionalProperties: false },
)
