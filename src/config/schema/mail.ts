/** The keys of `mail`. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.
import { duration, file, flag, secret, secretFile, section, text } from './kinds.ts'
import Type from './type.ts'

export const SMTP_TLS = ['starttls', 'implicit', 'none'] as const

export const mail = section(
  'Mails to the people who sign in (docs/mail.md): off unless one of `smtp`, `folder` and `console` is there, and with it whatever ' +
    'needs a mail. `countersign mail test ADDRESS` tries it.',
  {
    from: Type.Optional(
      text('Who the mails are from: an address, or a name and an address.', {
        examples: ['Example Login <login@example.com>'],
        maxLength: 320,
      }),
    ),
    reply_to: Type.Optional(
      text('Where answers go, an address; left out: to `from`.', { examples: ['help@example.com'], maxLength: 254 }),
    ),
    tell_unknown: flag(
      'Whether a mail says so when somebody asks for a new password with an address that no account has. The page is the same either way.',
      true,
    ),
    smtp: Type.Optional(
      Type.Object(
        {
          host: text('The name or address of the server that takes your mails.', {
            examples: ['smtp.example.com'],
            maxLength: 253,
            pattern: '^[A-Za-z0-9:._%-]+$',
            'x-allowed': 'an IP address (without brackets or port) or a host name',
          }),
          port: Type.Optional(
            Type.Integer({
              description: 'Its port.',
              minimum: 1,
              maximum: 65535,
              examples: [587],
              'x-default': '587 with `starttls`, 465 with `implicit`, 25 with `none`',
            }),
          ),
          tls: Type.Enum(SMTP_TLS, {
            description:
              '`starttls`: the connection is encrypted before anything is sent, or nothing is sent. `implicit`: it begins encrypted. ' +
              '`none`: for a server on this machine or network; a password is then sent to this machine alone.',
            default: 'starttls',
            examples: ['implicit'],
          }),
          ca_file: Type.Optional(
            file(
              'The certificate of an authority of your own, PEM, when it signed the server’s; relative to this file.',
              { examples: ['tls/our-authority.pem'] },
            ),
          ),
          user: Type.Optional(
            text('Who we are for the server; left out, nobody.', { examples: ['login@example.com'], maxLength: 320 }),
          ),
          password: Type.Optional(secret('The password of `user`.', { examples: ['${SMTP_PASSWORD}'] })),
          password_file: Type.Optional(
            secretFile('A file that holds it, instead of `password`; relative to this file.', {
              examples: ['/run/secrets/smtp-password'],
            }),
          ),
          timeout: duration('How long one mail may take, from the look-up of the name to the server’s last word.', {
            default: '20s',
            least: '1s',
            most: '45s',
            examples: ['10s'],
          }),
        },
        { additionalProperties: false, description: 'The server that mails are given to.', examples: [] },
      ),
    ),
    folder: Type.Optional(
      text('Mails become files in this folder instead, one `.eml` each; for development. Relative to this file.', {
        examples: ['./mails'],
      }),
    ),
    console: flag(
      'Mails are printed to standard output instead, with their codes: for development, with an http issuer alone.',
      false,
    ),
  },
)
