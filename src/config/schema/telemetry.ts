/** The keys of `metrics` and `tracing`. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.
import { secret, secretFile, section, text } from './kinds.ts'
import Type from './type.ts'

const SECRET_LENGTH = 'at least 16 characters, hard to guess'

export const metrics = section(
  'Numbers for Prometheus (docs/metrics.md): off, and without any cost, unless `listen` is there. Only a restart changes this section.',
  {
    listen: Type.Optional(
      Type.Object(
        {
          host: text('The address to listen on: one that only your Prometheus can reach.', {
            default: '127.0.0.1',
            examples: ['10.0.0.5'],
            pattern: '^[A-Za-z0-9:._%-]+$',
            'x-allowed': 'an IP address (without brackets or port) or a host name',
          }),
          port: Type.Integer({
            description: 'The TCP port, another one than that of `listen`; 0 lets the system choose one.',
            default: 9464,
            minimum: 0,
            maximum: 65535,
            examples: [9464],
          }),
        },
        {
          additionalProperties: false,
          description: 'Where `GET /metrics` is answered, by http. It is never answered where people and apps are.',
          examples: [],
        },
      ),
    ),
    token: Type.Optional(
      secret(
        'What Prometheus must send as `Authorization: Bearer …`. Left out, whoever reaches the address may read.',
        {
          examples: ['${COUNTERSIGN_METRICS_TOKEN}'],
          pattern: '^[A-Za-z0-9._~+/-]{16,}=*$',
          'x-allowed': `${SECRET_LENGTH} (\`countersign secret\` makes such a value)`,
        },
      ),
    ),
    token_file: Type.Optional(
      secretFile('A file that holds the token, instead of `token`.', { examples: ['/run/secrets/metrics-token'] }),
    ),
  },
)

export const tracing = section(
  'Traces by OpenTelemetry (docs/metrics.md): off, and without any cost, unless `otlp_endpoint` is there. Only a restart changes this section.',
  {
    otlp_endpoint: Type.Optional(
      text('The whole URL that traces are sent to, by OTLP over HTTP as JSON.', {
        examples: ['http://127.0.0.1:4318/v1/traces'],
        maxLength: 2048,
        pattern: '^https?://[^\\s?#@]+$',
        'x-allowed': 'an http or https URL without user, password, query and fragment: secrets go into `headers`',
      }),
    ),
    sample_one_in: Type.Integer({
      description: 'There is a trace of one in so many requests; 1: of each.',
      default: 10,
      minimum: 1,
      maximum: 1_000_000,
      examples: [1],
    }),
    headers: Type.Optional(
      secret('What is sent along to prove who we are: `Name: value`, one on each line.', {
        examples: ['Authorization: Bearer ${OTLP_TOKEN}'],
        maxLength: 8192,
      }),
    ),
    headers_file: Type.Optional(
      secretFile('A file that holds these lines, instead of `headers`.', { examples: ['/run/secrets/otlp-headers'] }),
    ),
  },
)
