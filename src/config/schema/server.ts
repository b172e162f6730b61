/** The keys of the file that are about the server itself. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.

import { ENCRYPTION_ALGORITHMS, SIGNING_ALGORITHMS } from '../../protocol/vocabulary.ts'
import { duration, file, flag, secret, secretFile, section, size, text } from './kinds.ts'
import Type from './type.ts'

export const DEFAULT_DATABASE_URL = 'file:./data/countersign.db'
export const DEFAULT_SEALING_KEY_FILE = 'keys/sealing.key'
/** Also what a database that is opened without a configuration file gets. */
export const DATABASE_LIMITS = {
  max_connections: 10,
  connect_timeout: '3s',
  statement_timeout: '5s',
  busy_timeout: '5s',
} as const
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export const issuer = text(
  'The URL under which browsers and apps reach Countersign, exactly as it appears in `iss`: every URL that Countersign ' +
    'makes begins with it. https, or http on a loopback host; no query and no fragment.',
  { examples: ['https://login.example.com', 'http://localhost:8080'], maxLength: 500 },
)

export const name = text('Whose login this is, shown on every page.', {
  default: 'Countersign',
  examples: ['Example Inc.'],
  maxLength: 60,
})

export const listen = section('Where Countersign listens. It may differ from the issuer when a proxy is in front.', {
  host: text('The address to listen on: 127.0.0.1 for this machine alone, 0.0.0.0 or :: for every interface.', {
    default: '127.0.0.1',
    examples: ['0.0.0.0'],
    pattern: '^[A-Za-z0-9:._%-]+$',
    'x-allowed': 'an IP address (without brackets or port) or a host name',
  }),
  port: Type.Integer({
    description: 'The TCP port; 0 lets the system choose one.',
    default: 8080,
    minimum: 0,
    maximum: 65535,
    examples: [8080],
  }),
  shutdown_delay: duration(
    'How long Countersign goes on serving after it was told to end (SIGTERM), while `/readyz` answers 503. 0s suits a service ' +
      'manager, and proxies that try the next server when one refuses; where a load balancer has to notice by its own checks, ' +
      'or Kubernetes has to take the address out everywhere, give it that long: 5s to 15s is usual.',
    { default: '0s', least: '0s', most: '5m', examples: ['10s'] },
  ),
  tls: Type.Optional(
    Type.Object(
      {
        certificate_file: file('The certificate and its chain, PEM.', { examples: ['tls/certificate.pem'] }),
        key_file: secretFile('The certificate’s private key, PEM, without a passphrase; RSA of 2048 bits at least.', {
          examples: ['tls/key.pem'],
        }),
      },
      {
        additionalProperties: false,
        description: 'For https without a proxy in front. Left out, Countersign speaks http.',
      },
    ),
  ),
})

export const trustedProxies = Type.Array(text('An address or a range.', { examples: ['10.0.0.0/8'] }), {
  description:
    'Addresses and CIDR ranges of the proxies whose X-Forwarded-For is believed, for the client’s address: in the log, and for what `throttling` counts by network. Behind a proxy that is not named here, all people are one network.',
  default: [],
  uniqueItems: true,
  examples: [['127.0.0.1', '10.0.0.0/8']],
})

export const database = section('Where everything that must last is kept.', {
  url: Type.Optional(
    secret(
      '`file:` and the path of a SQLite file (relative to this file; made when it is missing), or a `postgresql://` URL; in a URL, characters such as @ / : in a password are percent-encoded. `?pgbouncer=true` is for a pooler that shares connections and knows no prepared statements.',
      {
        examples: [
          'file:./data/countersign.db',
          'postgresql://countersign:${DATABASE_PASSWORD}@db.example/countersign',
        ],
        'x-default': `\`${DEFAULT_DATABASE_URL}\``,
      },
    ),
  ),
  url_file: Type.Optional(
    secretFile('A file that holds the URL, instead of `url`.', { examples: ['/run/secrets/database-url'] }),
  ),
  max_connections: Type.Integer({
    description:
      'PostgreSQL: how many connections one process opens at most. All processes together must stay below the server’s own `max_connections`.',
    default: DATABASE_LIMITS.max_connections,
    minimum: 1,
    maximum: 1000,
    examples: [20],
  }),
  connect_timeout: duration(
    'PostgreSQL: how long a request waits for a connection, a new one or a free one; then it is answered 503.',
    { default: DATABASE_LIMITS.connect_timeout, least: '100ms', most: '60s', examples: ['3s'] },
  ),
  statement_timeout: duration(
    'PostgreSQL: how long a statement may take; then it is undone and the request is answered 503. A server that does not even say so is given up a second later.',
    { default: DATABASE_LIMITS.statement_timeout, least: '100ms', most: '60s', examples: ['5s'] },
  ),
  busy_timeout: duration(
    'SQLite: how long a statement waits for another process that is writing; then the request is answered 503.',
    { default: DATABASE_LIMITS.busy_timeout, least: '100ms', most: '60s', examples: ['5s'] },
  ),
})

export const keys = section('The keys that sign tokens, and the one that seals them in the database.', {
  sealing_key: Type.Optional(
    secret('The key that encrypts the private keys in the database, instead of a file: 32 bytes.', {
      examples: ['${COUNTERSIGN_SEALING_KEY}'],
      pattern: '^([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{42}[AEIMQUYcgkosw048]=?)$',
      'x-allowed': '32 bytes as base64url, base64 or hex (`countersign secret` makes such a value)',
    }),
  ),
  sealing_key_file: Type.Optional(
    text(
      'The file that holds the sealing key, relative to this file; made at the first start. Back it up with the database.',
      {
        examples: ['keys/sealing.key'],
        'x-default': `\`${DEFAULT_SEALING_KEY_FILE}\``,
      },
    ),
  ),
  signing_algorithms: Type.Array(Type.Enum(SIGNING_ALGORITHMS, { description: 'An algorithm.', examples: ['EdDSA'] }), {
    description:
      'What there are keys for; clients’ entries choose among them. RS256 must be one (OpenID Connect Discovery §3). One that is ' +
      'added gets its keys before it is in force; the keys of one that is taken out are published until their last token is over.',
    default: ['RS256', 'ES256'],
    uniqueItems: true,
    examples: [['RS256', 'ES256', 'PS256', 'EdDSA']],
  }),
  encryption_algorithms: Type.Array(
    Type.Enum(ENCRYPTION_ALGORITHMS, { description: 'An algorithm.', examples: ['ECDH-ES'] }),
    {
      description:
        'What there are keys for that apps encrypt to Countersign with: their request objects, and ID tokens that they send as hints. ' +
        'The keys are published with `use: enc`, and rotate like the others.',
      default: [],
      uniqueItems: true,
      examples: [['RSA-OAEP-256', 'ECDH-ES']],
    },
  ),
  rotate_every: duration('How long a key signs before the next one takes over.', {
    default: '90d',
    least: '1m',
    most: '3650d',
    examples: ['90d'],
  }),
  publish_before_use: duration(
    'How long a key is published before it first signs; at least `jwks_max_age`, and never less than that and three minutes.',
    {
      default: '24h',
      most: '90d',
      examples: ['24h'],
    },
  ),
  jwks_max_age: duration('How long others may keep the published keys (Cache-Control of the JWKS).', {
    default: '1h',
    most: '7d',
    examples: ['1h'],
  }),
  rsa_bits: Type.Enum([2048, 3072, 4096], {
    description:
      'Size of new RSA keys (RS256, PS256, RSA-OAEP-256). Signing with 4096 bits costs about seven times as much as with 2048.',
    default: 2048,
    examples: [3072],
  }),
})

export const sessionManagement = flag(
  'OpenID Connect Session Management: a page that apps frame to notice a sign-out (`check_session_iframe`), and `session_state` ' +
    'in their answers. Most browsers no longer give such a page its cookie, so it works for apps on the same site at best; ' +
    'back-channel logout works everywhere.',
  false,
)

export const implicitFlow = flag(
  'Whether clients may have `id_token` and `id_token token` among their `response_types`: tokens straight from the sign-in, ' +
    'through the browser’s address bar, with `implicit` among their `grant_types`. RFC 9700 §2.1.2 advises against it. It is ' +
    'there for apps that know nothing else, and because OpenID Connect Core §15.2 wants it of a provider with dynamic registration.',
  false,
)

export const passwordHashing = section(
  'argon2id, by the OWASP Password Storage Cheat Sheet. When these grow, passwords are rehashed as people sign in.',
  {
    memory: size('Memory of one hash.', {
      default: '19MiB',
      least: '7MiB',
      most: '4GiB',
      examples: ['19MiB', '47104KiB'],
    }),
    iterations: Type.Integer({
      description: 'Passes over the memory.',
      default: 2,
      minimum: 1,
      maximum: 100,
      examples: [2],
    }),
    parallelism: Type.Integer({ description: 'Lanes.', default: 1, minimum: 1, maximum: 16, examples: [1] }),
    concurrency: Type.Integer({
      description: 'Hashes under way at once: they take at most this many times `memory`.',
      default: 2,
      minimum: 1,
      maximum: 64,
      examples: [2],
    }),
    queue: Type.Integer({
      description: 'Hashes waiting for their turn; over it, people are asked to try again in a moment (503).',
      default: 64,
      minimum: 0,
      maximum: 10_000,
      examples: [64],
    }),
  },
)

export const egress = section(
  'Requests that Countersign sends itself, to URLs that clients gave it, such as `jwks_uri`.',
  {
    allowed_hosts: Type.Array(
      text('A host name or address, with or without a port; or a range of addresses.', {
        examples: ['wiki.internal:8443'],
        maxLength: 300,
      }),
      {
        description:
          'What may be asked although it is not public. Everything else must have public addresses alone, and be asked by https on ' +
          'port 443 or from 1024 up. A host that is named here may be asked by http, too, on any port; a range allows its ' +
          'addresses for https. When `issuer` is http on a loopback host, loopback hosts need no entry.',
        default: [],
        uniqueItems: true,
        examples: [['wiki.internal', '10.0.0.7:8443', '10.1.0.0/16']],
      },
    ),
    timeout: duration(
      'How long one such request may take, from the look-up of the name to the last byte of the answer.',
      {
        default: '3s',
        least: '100ms',
        most: '30s',
        examples: ['5s'],
      },
    ),
  },
)

export const notifications = section(
  'Who is told when an account may have been robbed: somebody came again with a code or a refresh token that was used before, so ' +
    'everything that came of that sign-on was ended. The person sees it on the page of Countersign; what is named here can send a mail.',
  {
    webhook_url: Type.Optional(
      text(
        'Gets a POST with JSON: `id`, `kind` (`code_reused`, `refresh_token_reused`), `account` (`id`, `username`, `email`), `client` ' +
          '(`client_id`, `client_name`) and `at`. It is repeated for a day until the answer is 2xx; `id` stays the same. Private ' +
          'addresses must be allowed in `egress.allowed_hosts`.',
        { examples: ['https://hooks.example.com/countersign'], maxLength: 2048 },
      ),
    ),
    webhook_secret: Type.Optional(
      secret(
        'The key of the signature, at least 32 characters (`countersign secret` makes one). The header `Countersign-Signature` is ' +
          '`t=SECONDS,v1=HEX`, where HEX is HMAC-SHA-256 of SECONDS, a full stop and the body.',
        { examples: ['${WEBHOOK_SECRET}'] },
      ),
    ),
    webhook_secret_file: Type.Optional(
      secretFile('A file that holds it, instead of `webhook_secret`; relative to this file.', {
        examples: ['/run/secrets/countersign-webhook'],
      }),
    ),
  },
)

export const log = section('What goes to standard output, as JSON lines.', {
  level: Type.Enum(LOG_LEVELS, {
    description: 'The least severe entries that are written.',
    default: 'info',
    examples: ['warn'],
  }),
})
