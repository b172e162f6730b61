/** The keys of one entry of `apis`: a resource server (RFC 8707, RFC 9068). */
import { ACCESS_TOKEN_TYPES, SIGNING_ALGORITHMS } from '../../protocol/vocabulary.ts'
import { text } from './kinds.ts'
import { apiLifetimes } from './lifetimes.ts'
import Type from './type.ts'

export const api = Type.Object(
  {
    audience: text(
      'What it calls itself: `aud` of the tokens for it, and what clients name as `resource` (RFC 8707). A URI without a fragment, ' +
        'or any other name. Clients that may have tokens for it list it in `access_token_audience`.',
      {
        examples: ['https://api.example.com', 'orders'],
        maxLength: 500,
        pattern: '^[!"$-~]+$',
        'x-allowed': 'a URI without a fragment, or another name of printable ASCII without spaces and #',
      },
    ),
    name: Type.Optional(
      text('Its name as people know it.', { examples: ['Orders'], maxLength: 100, 'x-default': 'the audience' }),
    ),
    scopes: Type.Array(
      text('A scope.', {
        examples: ['orders:read'],
        maxLength: 200,
        // RFC 6749 §3.3
        pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$',
        'x-allowed': 'one scope of printable ASCII without spaces, " and \\ (RFC 6749 §3.3)',
      }),
      {
        description:
          'Every scope that it understands. A token that a client asks for with `resource` has these, and none that are for others.',
        default: [],
        uniqueItems: true,
        examples: [['orders:read', 'orders:write']],
      },
    ),
    access_token_typ: Type.Enum(ACCESS_TOKEN_TYPES, {
      description:
        '`typ` in the header of the tokens for it. JWT is for resource servers that refuse at+jwt (RFC 9068 §2.1), as Spring Boot’s ' +
        'does unless it is told otherwise; such a token has the claim `token_use: access`, which no ID token has.',
      default: 'at+jwt',
      examples: ['JWT'],
    }),
    access_token_signed_response_alg: Type.Optional(
      Type.Enum(SIGNING_ALGORITHMS, {
        description: 'What the tokens for it are signed with.',
        examples: ['RS256'],
        'x-default': 'that of the client',
      }),
    ),
    introspection_client: Type.Optional(
      text('The client_id with which it introspects the tokens that are for it, where that is not its audience.', {
        examples: ['orders-api'],
        maxLength: 200,
      }),
    ),
    lifetimes: apiLifetimes,
  },
  { description: 'One API.', additionalProperties: false },
)
