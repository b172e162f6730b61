/** The keys of `sign_up`: whether people may make accounts for themselves. Clients that do are in registration.ts. */
import { section, text } from './kinds.ts'
import Type from './type.ts'

export const SIGN_UP_MODES = ['off', 'open', 'domains', 'invitation'] as const

const LABEL = '[a-z0-9]([a-z0-9-]*[a-z0-9])?'

export const signUp = section(
  'Accounts that people make for themselves, once they have proven their e-mail address, for which `mail` is needed. docs/sign-up.md says ' +
    'more. Clients that register themselves are another matter: `registration`.',
  {
    mode: Type.Enum(SIGN_UP_MODES, {
      description:
        'Who may: nobody (`off`), anybody (`open`), whoever has an address at one of `allowed_domains` (`domains`), or whoever ' +
        'was invited with `countersign account invite` (`invitation`). Invitations count in every mode but `off`.',
      default: 'off',
      examples: ['domains'],
    }),
    allowed_domains: Type.Array(
      text('A mail domain.', {
        examples: ['example.com'],
        maxLength: 255,
        pattern: `^(\\*\\.)?${LABEL}(\\.${LABEL})+$`,
        'x-allowed':
          'a domain in small letters (in its ASCII form: `xn--…`), or `*.` and a domain for every name below it',
      }),
      {
        description: 'Whose addresses may sign up where `mode` is `domains`.',
        default: [],
        uniqueItems: true,
        examples: [['example.com', '*.example.com']],
      },
    ),
    groups: Type.Array(text('The name of a group.', { examples: ['members'], maxLength: 255 }), {
      description: 'The `groups` claim of accounts that are made so; an invitation may name others.',
      default: [],
      uniqueItems: true,
      examples: [['members']],
    }),
    username: Type.Enum(['chosen', 'email'], {
      description:
        'What the user name is: one that people choose, after one was proposed to them, or their e-mail address.',
      default: 'chosen',
      examples: ['email'],
    }),
    name: Type.Enum(['required', 'optional', 'none'], {
      description: 'Whether people are asked for their name (the claim `name`).',
      default: 'optional',
      examples: ['required'],
    }),
  },
)
