/** The keys of `second_factor`: who proves more than a password, and how often. */
import { duration, flag, section, text } from './kinds.ts'
import Type from './type.ts'

export const secondFactor = section(
  'A second factor beside the password: a code of an authenticator app (TOTP). Whoever has set one up is asked for it at each ' +
    'sign-in; who has not, and needs one, sets it up at the next sign-in. docs/second-factor.md says more.',
  {
    required: Type.Enum(['nobody', 'everyone'], {
      description: 'Who needs one, beside the groups and what clients require.',
      default: 'nobody',
      examples: ['everyone'],
    }),
    required_groups: Type.Array(text('The name of a group.', { examples: ['admins'], maxLength: 255 }), {
      description: 'Accounts with one of these in their `groups` claim need one.',
      default: [],
      uniqueItems: true,
      examples: [['admins']],
    }),
    remember_device: duration(
      'How long a browser is not asked again for the second factor of an account that has said so there; the password is. Clients ' +
        'that ask for a strength of sign-in (`acr_values`) get one that was proven in that session. `0s`: it is asked for each time.',
      { default: '30d', least: '0s', most: '365d', examples: ['30d'] },
    ),
    offer: flag('Whether people who need none may set one up for themselves.', true),
  },
)
