/** A client's own public keys, and what it signs with them: OpenID Connect Registration §2. */
import { CLIENT_SIGNING_ALGORITHMS, SECRET_ALGORITHMS } from '../../protocol/vocabulary.ts'
import { file, text } from './kinds.ts'
import Type from './type.ts'

const member = (description: string, example: string) => Type.Optional(text(description, { examples: [example] }))

/** The public members of RFC 7517 §4 and RFC 7518 §6; a private one is an unknown key, and so a fault. */
const jwk = Type.Object(
  {
    kty: text('The kind of key.', { examples: ['RSA', 'EC', 'OKP'] }),
    kid: member('Its name.', 'wiki-1'),
    use: Type.Optional(Type.Enum(['sig', 'enc'], { description: 'What it is for.', examples: ['sig'] })),
    key_ops: Type.Optional(
      Type.Array(text('An operation.', { examples: ['verify'] }), {
        description: 'What it is for, in other words.',
        examples: [['verify']],
      }),
    ),
    alg: member('The one algorithm that it is for.', 'ES256'),
    crv: member('EC and OKP: the curve.', 'P-256'),
    x: member('EC and OKP: the x coordinate.', 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU'),
    y: member('EC: the y coordinate.', 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'),
    n: member('RSA: the modulus.', '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM…'),
    e: member('RSA: the exponent.', 'AQAB'),
    x5t: member(
      'The thumbprint of its certificate; not looked at.',
      'NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg',
    ),
    x5c: Type.Optional(
      Type.Array(text('A certificate.', { examples: ['MIIC…'] }), {
        description: 'Its certificates; not looked at.',
        examples: [['MIIC…']],
      }),
    ),
    ext: Type.Optional(Type.Boolean({ description: 'What Web Crypto adds; not looked at.', examples: [true] })),
  },
  { description: 'One public key.', additionalProperties: false },
)

export const clientKeys = {
  jwks: Type.Optional(
    Type.Object(
      { keys: Type.Array(jwk, { description: 'The keys.', examples: [[]] }) },
      {
        description:
          'Its public keys, as a JWK set (RFC 7517 §5). RSA keys have 2048 to 4096 bits; at most five keys that fit are tried for one signature, so give them a `kid`.',
        additionalProperties: false,
      },
    ),
  ),
  jwks_file: Type.Optional(
    file('A file that holds its JWK set as JSON, instead of `jwks`; relative to this file.', {
      examples: ['clients/wiki.jwks.json'],
    }),
  ),
  jwks_uri: Type.Optional(
    text(
      'Where it publishes its public keys, instead of `jwks`; they are fetched when they are needed, kept as its Cache-Control says (1 minute to 24 hours, else 10 minutes), and fetched again for a `kid` that is not among them, at most every 10 seconds. A host that is not public must be in `egress.allowed_hosts`.',
      {
        examples: ['https://wiki.example.com/jwks'],
        maxLength: 2048,
      },
    ),
  ),
  token_endpoint_auth_signing_alg: Type.Optional(
    Type.Enum([...CLIENT_SIGNING_ALGORITHMS, ...SECRET_ALGORITHMS], {
      description: 'What its client assertions are signed with (`private_key_jwt`, `client_secret_jwt`).',
      examples: ['ES256'],
      'x-default': 'any that fits its method',
    }),
  ),
}
