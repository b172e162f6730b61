/** The keys of the file for clients that come by themselves: by registration, or with a metadata document of their own. */
import { GRANT_TYPES } from '../../protocol/vocabulary.ts'
import { duration, flag, secret, section, text } from './kinds.ts'
import Type from './type.ts'

/** What a client that came by itself may ask for when the operator does not say. */
const DEFAULT_SCOPES = ['openid', 'profile', 'email', 'offline_access']

const HOST = String.raw`(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*`

const scopes = Type.Array(
  text('A scope.', {
    examples: ['openid'],
    maxLength: 200,
    pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$',
    'x-allowed': 'printable ASCII without space, " and \\ (RFC 6749 §3.3)',
  }),
  {
    description: 'The scopes that such a client may get; others that it asks for are left out.',
    default: DEFAULT_SCOPES,
    uniqueItems: true,
    examples: [['openid', 'profile', 'email', 'groups', 'offline_access']],
  },
)

const resources = Type.Array(text('An audience.', { examples: ['https://mcp.example.com'], maxLength: 500 }), {
  description:
    'The APIs that such a client may have tokens for, each only when the client names it with `resource` (RFC 8707) in its ' +
    'authorization request, so that people are told of it; without that its tokens are for userinfo alone.',
  default: [],
  uniqueItems: true,
  examples: [['https://mcp.example.com']],
})

export const registration = section(
  'Registration of clients at run time: OpenID Connect Dynamic Client Registration, RFC 7591 and RFC 7592. Such a client is ' +
    'never first-party.',
  {
    enabled: flag('Whether clients may register, and read, change and remove what they registered.', false),
    open: flag(
      'Whether anybody may register who reaches Countersign; otherwise only who has one of `initial_access_tokens`.',
      false,
    ),
    initial_access_tokens: Type.Array(
      secret('The SHA-256 of a token; `countersign secret` makes both.', {
        examples: ['sha256:5FnxZ8JjRXqAkEvKRNuIOpEPiPTHdqXUJsJMzuWPrnE'],
        pattern: '^sha256:([0-9a-fA-F]{64}|[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]=?)$',
        'x-allowed':
          '`sha256:` and the SHA-256 of the token as base64url or hex (`countersign secret` prints such a value)',
      }),
      {
        description: 'The initial access tokens that let a client register (RFC 7591 §3), each as often as it likes.',
        default: [],
        examples: [['sha256:5FnxZ8JjRXqAkEvKRNuIOpEPiPTHdqXUJsJMzuWPrnE']],
      },
    ),
    allowed_redirect_hosts: Type.Array(
      text('A host.', {
        examples: ['*.apps.example.com'],
        maxLength: 255,
        pattern: `^(${HOST}|\\[::1\\]|[a-z][a-z0-9+-]*(\\.[a-z0-9+-]+)+:)$`,
        'x-allowed':
          'a host name in small letters, `*.` and a domain for every name below it, or a scheme of native apps with its colon (com.example.app:)',
      }),
      {
        description:
          'Where the redirect URIs of a registered client may lead: host names, `*.example.com` for every name below a domain, `localhost` and `127.0.0.1` for native apps, `com.example.app:` for a scheme of theirs. A client that is registered loses those that are not listed any more. Empty: anywhere, which open registration may not.',
        default: [],
        uniqueItems: true,
        examples: [['wiki.example.com', '*.apps.example.com', '127.0.0.1']],
      },
    ),
    allowed_scopes: scopes,
    allowed_resources: resources,
    allowed_grant_types: Type.Array(Type.Enum(GRANT_TYPES), {
      description: 'The grant types that it may get; others that it asks for are left out.',
      default: ['authorization_code', 'refresh_token'],
      uniqueItems: true,
      examples: [['authorization_code']],
    }),
    max_clients: Type.Integer({
      description: 'How many registered clients there may be at once; then registration is answered 503.',
      default: 1000,
      minimum: 1,
      maximum: 100_000,
      examples: [100],
    }),
    expires_after: duration('A registered client that nobody has used for so long is removed.', {
      default: '90d',
      least: '1h',
      most: '3650d',
      examples: ['30d'],
    }),
    require_pkce: flag(
      'Whether confidential registered clients, too, must use PKCE. OpenID’s certification of dynamic providers needs false.',
      true,
    ),
    show_logos: flag(
      'Whether pages show the logo_uri of registered clients: an image that a stranger chose, from a host of theirs.',
      false,
    ),
  },
)

export const clientIdMetadataDocuments = section(
  'Clients whose client_id is the https URL of a document with their metadata ' +
    '(draft-ietf-oauth-client-id-metadata-document). Such a client is never first-party, has no secret and must use PKCE.',
  {
    allowed_domains: Type.Array(
      text('A domain.', {
        examples: ['apps.example.com'],
        maxLength: 255,
        pattern: `^${HOST}(:[0-9]{1,5})?$`,
        'x-allowed':
          'a host name in small letters, or `*.` and a domain for every name below it; with a port when it is not 443',
      }),
      {
        description:
          'The hosts whose documents are fetched and believed, with their port when it is not 443; a `client_id` on any other host is an unknown client. Empty: none.',
        default: [],
        uniqueItems: true,
        examples: [['chat.example', '*.apps.example.com']],
      },
    ),
    allowed_scopes: scopes,
    allowed_resources: resources,
  },
)
