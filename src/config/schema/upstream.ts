/** The keys of one entry of `upstream`: an OpenID Connect provider that people may sign in with. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.
import { flag, secret, secretFile, text, webUri } from './kinds.ts'
import Type from './type.ts'

export const UPSTREAM_AUTHENTICATION = ['client_secret_basic', 'client_secret_post', 'none'] as const

const claimOf = (name: string) =>
  Type.Optional(
    text(`The provider’s claim that becomes \`${name}\` of the account.`, { examples: [name], maxLength: 200 }),
  )

/** Claims of an account that a provider may fill. */
const CLAIMS = {
  name: claimOf('name'),
  given_name: claimOf('given_name'),
  family_name: claimOf('family_name'),
  nickname: claimOf('nickname'),
  picture: claimOf('picture'),
  locale: claimOf('locale'),
  zoneinfo: claimOf('zoneinfo'),
  email: claimOf('email'),
  groups: claimOf('groups'),
}

const theirs = {
  id: text(
    'Its name in addresses: the provider has to know `<issuer>/upstream/<id>/callback` as our redirect URI. Never change it while ' +
      'the provider does not.',
    {
      examples: ['google'],
      maxLength: 32,
      pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$',
      'x-allowed': 'small letters, digits and hyphens, at most 32',
    },
  ),
  name: text('Its name as people know it: “Sign in with …”.', { examples: ['Google'], maxLength: 60 }),
  logo_uri: webUri('A small image beside its name.', 'https://www.example.com/logo.svg'),
  issuer: text(
    'Its issuer, exactly as its discovery document says. Accounts are linked by it and the `sub` there: another one is another ' +
      'provider. A host that is not public must be in `egress.allowed_hosts`.',
    { examples: ['https://accounts.google.com'], maxLength: 500 },
  ),
  client_id: text('What we are called there.', { examples: ['countersign'], maxLength: 300 }),
  client_secret: Type.Optional(
    secret('The secret that it gave us.', { examples: ['${GOOGLE_CLIENT_SECRET}'], maxLength: 1000 }),
  ),
  client_secret_file: Type.Optional(
    secretFile('A file that holds it, instead of `client_secret`; relative to this file.', {
      examples: ['/run/secrets/google-client-secret'],
    }),
  ),
  token_endpoint_auth_method: Type.Enum(UPSTREAM_AUTHENTICATION, {
    description: 'How we prove there who we are; PKCE is used in any case.',
    default: 'client_secret_basic',
    examples: ['client_secret_post'],
  }),
  scope: Type.String({
    description: 'What we ask it for; `openid` is one of them.',
    default: 'openid profile email',
    pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+( [\\x21\\x23-\\x5b\\x5d-\\x7e]+)*$',
    maxLength: 1000,
    examples: ['openid profile email groups'],
    'x-allowed': 'scopes separated by single spaces, `openid` among them',
  }),
  prompt: Type.Optional(
    Type.Enum(['login', 'select_account', 'consent'], {
      description: 'What it is to ask each time, where it knows that.',
      examples: ['select_account'],
      'x-default': 'what it sees fit',
    }),
  ),
}

const people = {
  sign_up: Type.Enum(['nobody', 'everyone'], {
    description:
      'Who gets an account here by signing in there for the first time, of those whom `require` and `allowed_domains` let through. ' +
      '`nobody`: only who has linked it to an account (`/account/linked`) signs in with it.',
    default: 'nobody',
    examples: ['everyone'],
  }),
  allowed_domains: Type.Array(text('A domain.', { examples: ['example.com'], maxLength: 253 }), {
    description:
      'A new account is made only for who has an e-mail address at one of these, and the provider says that it is verified. Empty: any, or none.',
    default: [],
    uniqueItems: true,
    examples: [['example.com']],
  }),
  require: Type.Array(
    Type.Object(
      {
        claim: text('A claim of the provider.', { examples: ['hd', 'tid', 'groups'], maxLength: 200 }),
        values: Type.Array(text('A value.', { examples: ['example.com'], maxLength: 300 }), {
          description: 'One of these it must be, or have among others when it is a list.',
          minItems: 1,
          uniqueItems: true,
          examples: [['example.com']],
        }),
      },
      { description: 'One claim that must be right.', additionalProperties: false },
    ),
    {
      description:
        'Each of these claims must be there at every sign-in: the domain of your Google Workspace (`hd`), your tenant (`tid`), a group.',
      default: [],
      examples: [[{ claim: 'hd', values: ['example.com'] }]],
    },
  ),
  claims: Type.Optional(
    Type.Object(CLAIMS, {
      description:
        'What of it becomes claims of the account, at each sign-in: ours, and theirs behind the colon. What is not here stays as it is. ' +
        '`groups` takes `allowed_groups` alone.',
      additionalProperties: false,
      examples: [{ name: 'name', groups: 'roles' }],
      'x-default': 'name, given_name, family_name and email, by the same names',
    }),
  ),
  allowed_groups: Type.Array(text('A group.', { examples: ['staff'], maxLength: 255 }), {
    description:
      'The groups that this provider decides about: an account is in them when the provider says so, and its other groups are its own.',
    default: [],
    uniqueItems: true,
    examples: [['staff']],
  }),
}

const trust = {
  trust_email: flag(
    'Whether an e-mail address that it calls verified is verified here, too. Only for providers that hand out no addresses of others.',
    false,
  ),
  trust_amr: flag(
    'Whether what it says of how the person signed in (`amr`, RFC 8176) is told to apps, and `mfa` counts as a second factor here.',
    false,
  ),
  trust_acr: Type.Array(text('A value of acr.', { examples: ['phr'], maxLength: 300 }), {
    description:
      'Its `acr` values that count as two factors here; they are asked for where two are wanted. Empty: none do.',
    default: [],
    uniqueItems: true,
    examples: [['https://refeds.org/profile/mfa']],
  }),
  auth_time: Type.Enum(['required', 'optional'], {
    description:
      'Where a fresh sign-in is wanted, it has to say when it was (`auth_time`). `optional`: one that does not say is taken for fresh, ' +
      'which anybody at an unlocked browser may have; for providers that never say it.',
    default: 'required',
    examples: ['optional'],
  }),
}

export const upstream = Type.Object(
  { ...theirs, ...people, ...trust },
  { description: 'One provider.', additionalProperties: false },
)
