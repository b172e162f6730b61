/** How what is made for a client is signed and encrypted, and what it calls people: OpenID Connect Registration §2. */
import {
  CONTENT_ENCRYPTION_ALGORITHMS,
  KEY_MANAGEMENT_ALGORITHMS,
  SECRET_ALGORITHMS,
  SIGNING_ALGORITHMS,
  SUBJECT_TYPES,
} from '../../protocol/vocabulary.ts'
import { text } from './kinds.ts'
import Type from './type.ts'

const signedWith = (description: string, byDefault: string) =>
  Type.Optional(Type.Enum(SIGNING_ALGORITHMS, { description, examples: ['ES256'], 'x-default': byDefault }))

const encryptedTo = (description: string) =>
  Type.Optional(
    Type.Enum(KEY_MANAGEMENT_ALGORITHMS, { description, examples: ['ECDH-ES'], 'x-default': 'not encrypted' }),
  )

const encryptedWith = (alg: string) =>
  Type.Optional(
    Type.Enum(CONTENT_ENCRYPTION_ALGORITHMS, {
      description: `How the content is encrypted, with \`${alg}\`.`,
      examples: ['A256GCM'],
      'x-default': '`A128CBC-HS256`',
    }),
  )

export const clientResponses = {
  id_token_signed_response_alg: Type.Enum([...SIGNING_ALGORITHMS, ...SECRET_ALGORITHMS], {
    description:
      'What its ID tokens are signed with: one of `keys.signing_algorithms`, or HS256 with its secret, which must be here in full.',
    default: 'RS256',
    examples: ['ES256'],
  }),
  id_token_encrypted_response_alg: encryptedTo('Encrypts its ID tokens to one of its keys.'),
  id_token_encrypted_response_enc: encryptedWith('id_token_encrypted_response_alg'),
  userinfo_signed_response_alg: signedWith('Signs what userinfo answers.', 'plain JSON'),
  userinfo_encrypted_response_alg: encryptedTo('Encrypts what userinfo answers to one of its keys.'),
  userinfo_encrypted_response_enc: encryptedWith('userinfo_encrypted_response_alg'),
  introspection_signed_response_alg: signedWith(
    'Signs what introspection answers, when a JWT is asked for (RFC 9701).',
    'RS256',
  ),
  introspection_encrypted_response_alg: encryptedTo('Encrypts such an answer to one of its keys.'),
  introspection_encrypted_response_enc: encryptedWith('introspection_encrypted_response_alg'),
  subject_type: Type.Enum(SUBJECT_TYPES, {
    description:
      'public: `sub` is the same at every app. pairwise: apps of different hosts cannot tell that a person is the same (OpenID Connect Core §8). ' +
      'Pairwise subjects are worked out with the sealing key: lose it, and every person is a new one to those apps.',
    default: 'public',
    examples: ['pairwise'],
  }),
  sector_identifier_uri: Type.Optional(
    text(
      'pairwise: its host stands for this app and for all others that name it, which so share one `sub` for each person; needed when ' +
        'the redirect URIs are on several hosts. Left out, the host of the redirect URIs does; a native app without one is by itself. For an entry of this file nothing is fetched from it: you vouch for the entry.',
      { examples: ['https://wiki.example.com/sector.json'], maxLength: 2048 },
    ),
  ),
}
